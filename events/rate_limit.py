"""How many feedback forms, and wrong codes for them, one address may send."""

from mrc_portal.rate_limit import RateLimit

# Everyone at a round table may send the form over one Wi-Fi.
forms_limit = RateLimit(60)
# A whole room mistypes its codes over one Wi-Fi; guessing takes hundreds of millions.
wrong_codes_limit = RateLimit(100)
