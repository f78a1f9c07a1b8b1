from tempages.main import app

app()
