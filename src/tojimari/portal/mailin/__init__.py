"""Mail in: addresses of companies, an LMTP server that stores what comes, rules against loops."""
