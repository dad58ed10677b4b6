/* Starts the Python that lies in this program's folder.

   Built twice: with WINDOWED it opens the portal and shows no console; without, it is the command, with
   the words it was given. The folder's name may hold any characters; nothing is looked
   up in PATH, and the environment cannot lead Python elsewhere (python3XY._pth isolates it). */

#include <windows.h>
#include <wchar.h>

#define LONGEST 32767

static WCHAR folder[LONGEST], python[LONGEST], line[LONGEST];

static int failed(const WCHAR *what)
{
    static WCHAR text[LONGEST];
    _snwprintf(text, LONGEST - 1, L"%ls\n\n%ls", what, folder);
#ifdef WINDOWED
    MessageBoxW(NULL, text, L"\u6238\u7de0\u307e\u308a Tojimari", MB_OK | MB_ICONERROR);
#else
    DWORD written;
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);
    if (!WriteConsoleW(out, text, (DWORD)wcslen(text), &written, NULL)) {
        static char narrow[LONGEST * 3];
        int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, sizeof narrow, NULL, NULL);
        WriteFile(out, narrow, size > 0 ? (DWORD)size - 1 : 0, &written, NULL);
    }
#endif
    return 3;
}

/* What was typed after this program's own name, as it was typed. */
static const WCHAR *words(void)
{
    const WCHAR *at = GetCommandLineW();
    int quoted = 0;
    for (; *at && (quoted || (*at != L' ' && *at != L'\t')); at++)
        if (*at == L'"')
            quoted = !quoted;
    while (*at == L' ' || *at == L'\t')
        at++;
    return at;
}

static int start(void)
{
    STARTUPINFOW how;
    PROCESS_INFORMATION it;
    DWORD code = 3, length = GetModuleFileNameW(NULL, folder, LONGEST);
    if (length == 0 || length >= LONGEST)
        return failed(L"The folder of this program has too long a name.");
    *wcsrchr(folder, L'\\') = 0;
#ifdef WINDOWED
    const WCHAR *name = L"pythonw.exe", *first = L"-m tojimari.cli.windowed";
#else
    const WCHAR *name = L"python.exe", *first = L"-m tojimari";
#endif
    if (_snwprintf(python, LONGEST - 1, L"%ls\\%ls", folder, name) < 0 ||
        _snwprintf(line, LONGEST - 1, L"\"%ls\" %ls %ls", python, first, words()) < 0)
        return failed(L"This command is too long.");
    GetStartupInfoW(&how);
    how.lpReserved = NULL;
    if (!CreateProcessW(python, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &it))
        return failed(L"\u30d7\u30ed\u30b0\u30e9\u30e0\u306e\u4e00\u90e8\u304c\u898b\u3064\u304b\u308a"
                      L"\u307e\u305b\u3093\u3002\u3082\u3046\u4e00\u5ea6\u5165\u308c\u76f4\u3057\u3066"
                      L"\u304f\u3060\u3055\u3044\u3002\n"
                      L"A part of the program is missing. Please install it again.");
    CloseHandle(it.hThread);
#ifndef WINDOWED
    WaitForSingleObject(it.hProcess, INFINITE);
    GetExitCodeProcess(it.hProcess, &code);
#else
    code = 0;
#endif
    CloseHandle(it.hProcess);
    return (int)code;
}

#ifdef WINDOWED
int WINAPI wWinMain(HINSTANCE own, HINSTANCE before, LPWSTR given, int show)
{
    (void)own, (void)before, (void)given, (void)show;
    return start();
}
#else
static BOOL WINAPI left_to_python(DWORD signal)
{
    (void)signal;
    return TRUE;
}

int wmain(void)
{
    SetConsoleCtrlHandler(left_to_python, TRUE);
    return start();
}
#endif
