"""The part of Stripe's API that Temporary Pages uses, faithful enough that the official SDK cannot tell."""
