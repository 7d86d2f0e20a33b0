"""Views of the plan, its versions and files, councils and letters."""
