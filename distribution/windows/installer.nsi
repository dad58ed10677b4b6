; The installer: for one user, without an administrator. Made by installer.py, which gives
; VERSION, SOURCE (the package's folder), OUT (the file to write) and ICON.

Unicode true
Target amd64-unicode
SetCompressor zlib
Name "戸締まり Tojimari"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Tojimari"
RequestExecutionLevel user
ManifestSupportedOS all
BrandingText " "

; A signed installer lays down a signed uninstaller: "%1" is the file that NSIS made of it.
!ifdef SIGN
  !uninstfinalize `${SIGN} "%1"` = 0
!endif

!include "MUI2.nsh"
!include "WordFunc.nsh"
!include "LogicLib.nsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Tojimari"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define PROGRAM "戸締まり.exe"
!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"

!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_LANGUAGE "English"

LangString newer ${LANG_JAPANESE} "もっと新しい版 ($R0) が入っています。古い版 (${VERSION}) では上書きしません。"
LangString newer ${LANG_ENGLISH} "A newer version ($R0) is installed. This older one (${VERSION}) does not replace it."
LangString keep ${LANG_JAPANESE} "答えた内容と記録を、このパソコンに残しますか。$\n残すと、もう一度入れたときに続きから使えます。"
LangString keep ${LANG_ENGLISH} "Keep your answers and records on this PC?$\nKept, they are there when you install it again."

; What runs from the folder is ended, so that its files can be replaced; what it knows is kept.
!macro END_RUNNING
  ${If} ${FileExists} "$INSTDIR\tojimari.exe"
    nsExec::Exec '"$INSTDIR\tojimari.exe" up --end'
    Pop $0
    nsExec::Exec '"$INSTDIR\tojimari.exe" agent uninstall'
    Pop $0
  ${EndIf}
!macroend

; What the portal's installer is called says which portal asks (tojimari/agent/invitation.py reads it).
!define AGENT "$LOCALAPPDATA\tojimari\agent"
!macro LEAVE_NAME
  StrCpy $0 "$EXEFILE" 15
  ${If} $0 == "tojimari-setup_"
    CreateDirectory "${AGENT}"
    FileOpen $1 "${AGENT}\setup-name.txt" w
    FileWriteUTF16LE /BOM $1 "$EXEFILE"
    FileClose $1
  ${EndIf}
!macroend

Function .onInit
  ReadRegStr $R0 HKCU "${UNINSTALL}" "DisplayVersion"
  ${If} $R0 != ""
    ${VersionCompare} "$R0" "${VERSION}" $R1
    ${If} $R1 == 1
      MessageBox MB_OK|MB_ICONEXCLAMATION "$(newer)" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    ReadRegStr $R2 HKCU "${UNINSTALL}" "InstallLocation"
    ${If} $R2 != ""
      StrCpy $INSTDIR $R2
    ${EndIf}
  ${EndIf}
FunctionEnd

Section
  !insertmacro END_RUNNING
  ; Nothing of an older version stays behind; the folder holds the program alone.
  RMDir /r "$INSTDIR\site"
  SetOutPath "$INSTDIR"
  File /r "${SOURCE}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortCut "$SMPROGRAMS\戸締まり.lnk" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "戸締まり Tojimari"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  !insertmacro LEAVE_NAME
  ; An agent that ran before goes on, as the new version.
  ${If} ${FileExists} "${AGENT}\enrolment.json"
    nsExec::Exec '"$INSTDIR\tojimari.exe" agent install'
    Pop $0
  ${EndIf}
SectionEnd

Section "Uninstall"
  !insertmacro END_RUNNING
  MessageBox MB_YESNO|MB_ICONQUESTION "$(keep)" /SD IDYES IDYES kept
  RMDir /r "$LOCALAPPDATA\tojimari"
kept:
  ; Only what the installer laid down, for a folder may hold what somebody put there.
  RMDir /r "$INSTDIR\site"
  Delete "$INSTDIR\*.pyd"
  Delete "$INSTDIR\*.dll"
  Delete "$INSTDIR\python.cat"
  Delete "$INSTDIR\python*.exe"
  Delete "$INSTDIR\python3*.zip"
  Delete "$INSTDIR\python3*._pth"
  Delete "$INSTDIR\LICENSE*.txt"
  Delete "$INSTDIR\tojimari.exe"
  Delete "$INSTDIR\${PROGRAM}"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\戸締まり.lnk"
  DeleteRegValue HKCU "${RUN}" "Tojimari"
  DeleteRegKey HKCU "${UNINSTALL}"
SectionEnd
