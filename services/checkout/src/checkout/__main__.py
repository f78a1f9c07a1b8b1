from checkout.main import main

main()
