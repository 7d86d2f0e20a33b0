"""How often in ten minutes one address may ask for whole lists."""

from mrc_portal.rate_limit import RateLimit

# A list of 5,000 documents takes seconds of the machine; nobody reads thirty of them so fast.
exports_limit = RateLimit(30)
