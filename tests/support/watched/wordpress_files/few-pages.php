<?php
// No pages of authors, as many makers switch them off to keep the names of users to themselves, and
// no list of categories in the sitemap. Each page less is one less for every look of every test.
add_filter('wp_sitemaps_add_provider', fn($provider, $name) => $name === 'posts' ? $provider : false, 10, 2);
