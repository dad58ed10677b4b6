"""What the site watch (改ざん検知) records of a web site: snapshots of pages, scripts, sitemap."""
