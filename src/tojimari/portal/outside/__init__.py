"""Looking at a company's web site and mail domain from the portal, once ownership is proven."""
