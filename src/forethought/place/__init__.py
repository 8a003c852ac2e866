"""Areas, calendar, money and code lists: what every room agrees on."""
