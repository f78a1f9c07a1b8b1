"""The part of Cloudflare's API that Temporary Pages uses."""
