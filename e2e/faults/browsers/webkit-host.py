"""WebKitGTK under control of its parent: one JSON command a line on stdin, one answer a line on stdout.

MiniBrowser forgets everything it stored when it is automated, so that no fault across two runs of the browser could be
tried in it. This is the same engine with its storage in a folder.
"""

import json
import os
import sys
import threading

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402

profile, quota_bytes = sys.argv[1], int(sys.argv[2])


def storage_ratio():
    """An origin's share of the disk, which is how this engine states a quota."""
    disk = os.statvfs(profile)
    return quota_bytes / (disk.f_blocks * disk.f_frsize)


limits = {"origin_storage_ratio": storage_ratio(), "total_storage_ratio": 1.0} if quota_bytes else {}
data = WebKit2.WebsiteDataManager(
    base_data_directory=os.path.join(profile, "data"), base_cache_directory=os.path.join(profile, "cache"), **limits
)
context = WebKit2.WebContext.new_with_website_data_manager(data)
tabs = {}


def answer(command, **values):
    print(json.dumps({"id": command["id"], **values}), flush=True)


def open_tab(command):
    view = WebKit2.WebView.new_with_context(context)
    window = Gtk.OffscreenWindow()
    window.add(view)
    window.show_all()
    tabs[command["tab"]] = (window, view)
    go(command)


def go(command):
    _, view = tabs[command["tab"]]
    handlers = []

    def settle(**values):
        for handler in handlers:
            view.disconnect(handler)
        handlers.clear()
        answer(command, **values)

    def changed(_view, event):
        if event == WebKit2.LoadEvent.FINISHED and handlers:
            settle()

    def failed(_view, _event, uri, error):
        settle(error=f"{uri}: {error.message}")
        return True

    handlers.append(view.connect("load-changed", changed))
    handlers.append(view.connect("load-failed", failed))
    view.load_uri(command["url"])


def run(command):
    _, view = tabs[command["tab"]]

    def done(_view, result):
        try:
            value = view.call_async_javascript_function_finish(result)
            answer(command, value=value.to_string())
        except GLib.Error as error:
            answer(command, error=error.message)

    body = f"return await {command['expression']}"
    view.call_async_javascript_function(body, -1, None, None, None, None, done)


def close(command):
    window, _ = tabs.pop(command["tab"])
    window.destroy()
    answer(command)


def kill(command):
    window, view = tabs.pop(command["tab"])

    def terminated(_view, _reason):
        # Later: the view still tells others of it, and they would look at one that is gone.
        GLib.idle_add(gone)

    def gone():
        window.destroy()
        answer(command)
        return False

    view.connect("web-process-terminated", terminated)
    view.terminate_web_process()


def evict(command):
    types = WebKit2.WebsiteDataTypes
    evicted = types.INDEXEDDB_DATABASES | types.DOM_CACHE
    kinds = types.ALL if command["everything"] else evicted

    def cleared(_data, result):
        data.clear_finish(result)
        answer(command)

    data.clear(kinds, 0, None, cleared)


def version(command):
    parts = (WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    answer(command, value=".".join(map(str, parts)))


commands = {"open": open_tab, "go": go, "run": run, "close": close, "kill": kill, "evict": evict, "version": version}


def obey(line):
    command = json.loads(line)
    try:
        commands[command["do"]](command)
    except Exception as error:  # Whatever goes wrong is the parent's to judge.
        answer(command, error=repr(error))
    return False


def listen():
    for line in sys.stdin:
        GLib.idle_add(obey, line)
    GLib.idle_add(Gtk.main_quit)


threading.Thread(target=listen, daemon=True).start()
Gtk.main()
