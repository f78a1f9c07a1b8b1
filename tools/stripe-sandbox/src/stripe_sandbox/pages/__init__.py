"""The pages people see: to pay on, to be onboarded on, and the dashboard. They work without JavaScript."""
