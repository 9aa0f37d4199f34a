"""The commands over accounts: whoever may write the store may make the first one."""

from __future__ import annotations

import getpass
import json
import sys
from argparse import Namespace
from collections.abc import Callable

from sagt import accounts, config
from sagt.accounts import Account, Role, Scope, User
from sagt.errors import InputError
from sagt.store import Store

#: From where the audit log has what these commands change.
HERE = "command line"


def run(args: Namespace) -> int:
    """Run `sagt users …`; returns the exit status."""
    commands: dict[str, Callable[[Store, Namespace], None]] = {
        "add": _add, "list": _list, "role": _role, "disable": _disable, "enable": _enable, "password": _password, "token": _token,
    }  # fmt: skip
    with Store(config.store_address(args.db)) as store:
        commands[args.what](store, args)
    return 0


def _add(store: Store, args: Namespace) -> None:
    role = Role(args.role)
    # A password that can't be used should not be asked for.
    if any(accounts.folded(one.name) == accounts.folded(args.name) for one in accounts.accounts(store)):
        raise InputError(f"there is an account {args.name} already")
    made = accounts.add(store, args.name, role, _asked(args.name))
    _note(store, f"made an account with the role {role}", made)
    print(f"{made.name}: {made.role}")


def _list(store: Store, args: Namespace) -> None:
    for one in accounts.accounts(store):
        if args.json:
            row = {"name": one.name, "role": one.role, "created": one.created, "disabled": one.disabled, "seen": one.seen, "by": one.by}
            print(json.dumps(row, ensure_ascii=False))
        else:
            state = f"disabled since {one.disabled[:10]}" if one.disabled else f"last in {one.seen[:16]}" if one.seen else "never in"
            print(f"{one.name:24} {one.role:7} {state}")


def _role(store: Store, args: Namespace) -> None:
    _note(store, f"gave the role {args.role}", accounts.set_role(store, args.name, Role(args.role)))


def _disable(store: Store, args: Namespace) -> None:
    _note(store, "disabled", accounts.set_disabled(store, args.name, True))


def _enable(store: Store, args: Namespace) -> None:
    _note(store, "enabled", accounts.set_disabled(store, args.name, False))


def _password(store: Store, args: Namespace) -> None:
    one = accounts.find(store, args.name)
    if one.by != "password":
        raise InputError(f"{one.name} enters by {one.by} and has no password here")
    _note(store, "set the password", accounts.set_password(store, one.name, _asked(one.name)))


def _token(store: Store, args: Namespace) -> None:
    one = accounts.find(store, args.name)
    if one.disabled:
        raise InputError(f"{one.name} is disabled")
    raw = accounts.make_token(store, User(one.name, one.role, one.id), args.label, Scope(args.scope), args.days)
    _note(store, f"made a token of scope {args.scope}", one)
    print(raw)
    print("sagt: this is shown once; only a hash of it is kept", file=sys.stderr)


def _asked(name: str) -> str:
    """A new password: typed twice by somebody at a terminal, or a line of standard input. Never an argument, which others could see."""
    if not sys.stdin.isatty():
        return accounts.checked(sys.stdin.readline().rstrip("\r\n"), name)
    first = accounts.checked(getpass.getpass(f"password for {name}: "), name)
    if getpass.getpass("once more: ") != first:
        raise InputError("the password was not the same both times; nothing is changed")
    return first


def _note(store: Store, what: str, one: Account) -> None:
    accounts.note(store, f"{_system_user()} (system)", what, one.name, HERE)


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
