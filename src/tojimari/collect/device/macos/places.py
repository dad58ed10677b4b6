"""Where a person looks in the settings of a Mac, written "日本語 / English"."""

DATE_AND_TIME = "システム設定 > 一般 > 日付と時刻 / System Settings > General > Date & Time"
FULL_DISK_ACCESS = (
    "システム設定 > プライバシーとセキュリティ > フルディスクアクセス"
    " / System Settings > Privacy & Security > Full Disk Access"
)
LOCK_SCREEN = "システム設定 > ロック画面 / System Settings > Lock Screen"
SHARING = "システム設定 > 一般 > 共有 / System Settings > General > Sharing"
SOFTWARE_UPDATE = (
    "システム設定 > 一般 > ソフトウェアアップデート / System Settings > General > Software Update"
)
