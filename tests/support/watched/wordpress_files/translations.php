<?php
// The same translations, kept as a program: otherwise every page reads half a megabyte of them anew.
class Kept_Translations extends NOOP_Translations
{
    public function __construct(private array $kept)
    {
    }

    public function translate($text, $context = null)
    {
        return $this->kept[$context ? "$context\4$text" : $text][0] ?? $text;
    }

    public function translate_plural($one, $many, $count, $context = null)
    {
        // Japanese has one form for all numbers.
        return $this->kept[$context ? "$context\4$one" : $one][0] ?? ($count === 1 ? $one : $many);
    }
}

add_filter('override_load_textdomain', function ($done, $domain, $file) {
    global $l10n;
    if ($domain !== 'default' || !is_readable($file)) {
        return $done;
    }
    $kept = WP_CONTENT_DIR . '/uploads/' . basename($file) . '.php';
    if (!is_file($kept)) {
        $read = new MO();
        $read->import_from_file($file);
        $texts = array_map(fn($entry) => $entry->translations, $read->entries);
        file_put_contents("$kept.new", '<?php return ' . var_export($texts, true) . ';');
        rename("$kept.new", $kept);
    }
    $l10n['default'] = new Kept_Translations(include $kept);
    return true;
}, 10, 3);
