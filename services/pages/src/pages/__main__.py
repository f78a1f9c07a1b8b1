from pages.main import main

main()
