"""`python -m local_stack.keys`: the keys that deploy/compose.yaml asks for, made anew, as lines of its .env."""

from local_stack.credentials import MAKERS

NAMES = ("catalog_link_keys", "catalog_signing_keys", "checkout_link_keys", "leads_link_keys", "leads_signing_keys")


def main() -> None:
    for name in NAMES:
        print(f"{name.upper()}='{MAKERS[name]()}'")


if __name__ == "__main__":
    main()
