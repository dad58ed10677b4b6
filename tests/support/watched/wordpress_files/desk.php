<?php
// Runs the PHP it is sent within WordPress, as the administrator. Says "done" when all went well.
ini_set('display_errors', '1');
$_SERVER['HTTP_HOST'] = 'www.shop.test';
if (isset($_GET['install'])) {
    define('WP_INSTALLING', true);
    define('WP_SITEURL', 'http://www.shop.test');
    (new mysqli(null, 'root', '', '', 0, dirname(getenv('WATCHED_SITE')) . '/database/socket'))
        ->query('CREATE DATABASE shop');
}
require getenv('WATCHED_SITE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
if (!isset($_GET['install'])) {
    wp_set_current_user(1);
}
eval(file_get_contents('php://input'));
echo "\ndone";
