<?php
// The site of a made-up shop, written through WordPress's own functions.
switch_theme('twentytwentyone');
activate_plugin('toiawase/toiawase.php');
update_option('blogdescription', '三代続く、水と大豆だけの豆腐');
update_option('timezone_string', 'Asia/Tokyo');
update_option('posts_per_page', 6);
wp_delete_post(1, true);
wp_delete_post(2, true);
wp_delete_post(3, true);
global $wp_rewrite;
$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/');
$wp_rewrite->flush_rules(true);

function picture(string $name, int $red): int {
    $file = wp_upload_dir()['path'] . "/$name.png";
    $drawn = imagecreatetruecolor(640, 400);
    imagefill($drawn, 0, 0, imagecolorallocate($drawn, $red, 200, 180));
    imagefilledellipse($drawn, 320, 200, 300, 200, imagecolorallocate($drawn, 250, 250, 240));
    imagepng($drawn, $file);
    $id = wp_insert_attachment(['post_title' => $name, 'post_mime_type' => 'image/png'], $file);
    wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file));
    return $id;
}

function written(string $type, string $slug, string $title, string $text, array $more = []): int {
    $blocks = '';
    foreach (explode("\n", $text) as $line) {
        $blocks .= str_starts_with($line, '<') || str_starts_with($line, '[')
            ? "$line\n" : "<!-- wp:paragraph --><p>$line</p><!-- /wp:paragraph -->\n";
    }
    return wp_insert_post($more + ['post_type' => $type, 'post_status' => 'publish',
        'post_name' => $slug, 'post_title' => $title, 'post_content' => $blocks], false);
}

$tofu = picture('tofu', 90);
$shop = picture('mise', 160);
$shown = fn(int $id) => '<!-- wp:image --><figure class="wp-block-image">'
    . wp_get_attachment_image($id, 'medium_large') . '</figure><!-- /wp:image -->';

$home = written('page', 'home', 'ようこそ', $shown($shop)
    . "\n町の水で、朝四時から豆腐を作っています。\n絹ごし、木綿、厚揚げ、がんもどき。売り切れたら店を閉めます。");
$goods = written('page', 'shouhin', '商品', $shown($tofu)
    . "\n<h2>絹ごし 二八〇円</h2>\nつるりとした口あたり。冷ややっこに。\n<h2>木綿 二六〇円</h2>\n煮くずれしません。\n<h2>厚揚げ 三二〇円</h2>\n菜種の油で二度揚げます。");
$company = written('page', 'annai', '店の案内', "有限会社みずの 代表 水野一郎 社員六名\n駅の南口から歩いて七分、橋を渡って右です。\n車は店の裏に三台とめられます。");
$contact = written('page', 'toiawase', 'お問い合わせ', "ご注文、工場の見学はこちらからお書きください。\n[toiawase]");
$news = written('page', 'oshirase', 'お知らせ', '');
update_option('show_on_front', 'page');
update_option('page_on_front', $home);
update_option('page_for_posts', $news);

wp_update_term(get_option('default_category'), 'category', ['name' => '店から', 'slug' => 'mise']);
foreach ([
    ['bon-yasumi', 'お盆の休み', '2026-08-01 09:00:00', '八月十三日から十六日まで休みます。'],
    ['shindaizu', '新大豆が届きました', '2026-10-28 09:00:00', '北の畑の新大豆です。甘みが違います。'],
] as [$slug, $title, $date, $text]) {
    written('post', $slug, $title, $text, ['post_date' => $date]);
}
$menu = wp_create_nav_menu('おもなページ');
foreach ([$home, $goods, $company, $news, $contact] as $page) {
    wp_update_nav_menu_item($menu, 0, ['menu-item-object-id' => $page, 'menu-item-object' => 'page',
        'menu-item-type' => 'post_type', 'menu-item-status' => 'publish']);
}
set_theme_mod('nav_menu_locations', ['primary' => $menu]);
update_option('widget_block', [
    2 => ['content' => '<!-- wp:search {"label":"さがす"} /-->'],
    3 => ['content' => '<!-- wp:latest-posts {"postsToShow":5} /-->'],
    4 => ['content' => '<!-- wp:paragraph --><p>電話 0120-000-000 (九時から五時)</p><!-- /wp:paragraph -->'],
    '_multiwidget' => 1,
]);
update_option('sidebars_widgets', ['wp_inactive_widgets' => [], 'sidebar-1' => ['block-2', 'block-3', 'block-4'], 'array_version' => 3]);
