"""What observations are about: every kind of subject, declared once.

A new kind is one declaration below. What judges, stores, exports and shows subjects reads the
declarations and spells no kind out, except where it deals with that one kind alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from tojimari.model.sources import Source
from tojimari.model.text import Text

SubjectKind = str
"""Id of a declared kind of subject; ``Subject`` refuses any other text."""

ListedBy = Literal["itself", "company", "enrolment", "evidence"]
OscalType = Literal["party", "user", "inventory-item", "resource"]


class SubjectDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for every subject of one kind.

    Attributes:
        id: the text that subjects carry; the first word of the ids of its fact kinds.
        name: what one of them is called.
        listed_by: who says which there are: "itself" (the one company), "company" (it names each
            one, so all are known), "enrolment" (each signs in by itself; how many there are in
            all is asked), "evidence" (a paper or record is registered).
        id_at_most: how long an id may be, in characters; stores must hold as much.
        look_again: the command that looks at one of them again, with ``{id}`` in it where it names
            the subject; "" where no command does.
        counted_by: id of the question that asks how many there are; "" where all are known.
        from_outside: it is looked at from the Internet.
        evidence_source: source of what is registered as such a subject; "" for all other kinds.
        page: address name of the portal's page that lists them; "" where none does.
        oscal_type: how OSCAL types them.
        oscal_text: what OSCAL's own definition of one says, with ``{id}`` in it where it may.
    """

    id: SubjectKind
    name: Text
    listed_by: ListedBy
    id_at_most: int
    oscal_type: OscalType
    oscal_text: str
    look_again: str = ""
    counted_by: str = ""
    from_outside: bool = False
    evidence_source: Source = ""
    page: str = ""


_DECLARED: dict[SubjectKind, SubjectDeclaration] = {}


def declare(declaration: SubjectDeclaration) -> SubjectDeclaration:
    """Add a kind of subject. Raises ValueError where its id is taken."""
    if declaration.id in _DECLARED:
        raise ValueError(f"the kind of subject {declaration.id} is declared twice")
    _DECLARED[declaration.id] = declaration
    return declaration


def subject_kinds() -> Mapping[SubjectKind, SubjectDeclaration]:
    """Return every declared kind, by its id."""
    return MappingProxyType(_DECLARED)


def declared(kind: SubjectKind) -> SubjectDeclaration:
    """Return the declaration of a kind. Raises ValueError for an undeclared one."""
    try:
        return _DECLARED[kind]
    except KeyError:
        raise ValueError(f"no kind of subject is called {kind!r:.60}") from None


class Subject(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """What an observation is about. Raises ValueError for an undeclared kind or too long an id.

    Attributes:
        kind: id of a declared kind.
        id: identifier, unique within the kind; random for devices, never a serial number.
    """

    kind: SubjectKind
    id: str

    def __post_init__(self) -> None:
        """Check the kind and the length of the id."""
        at_most = declared(self.kind).id_at_most
        if len(self.id) > at_most:
            raise ValueError(f"the id of a {self.kind} has {at_most} characters at most")

    @property
    def declaration(self) -> SubjectDeclaration:
        """What holds for every subject of this kind."""
        return _DECLARED[self.kind]


_RANDOM_ID = 64
_DNS_NAME = 253
_CATALOG_ID = 64

declare(
    SubjectDeclaration(
        id="company",
        name=Text(ja="会社", en="the company"),
        listed_by="itself",
        id_at_most=_DNS_NAME,  # looks at many sites name each company after its site
        oscal_type="party",
        oscal_text="The assessed company",
    )
)
declare(
    SubjectDeclaration(
        id="device",
        name=Text(ja="機器", en="a device"),
        listed_by="enrolment",
        counted_by="pc-count",
        id_at_most=_RANDOM_ID,
        look_again="tojimari check",
        page="devices:devices",
        oscal_type="inventory-item",
        oscal_text="A computer that was looked at.",
    )
)
declare(
    SubjectDeclaration(
        id="account",
        name=Text(ja="アカウント", en="an account"),
        listed_by="company",
        id_at_most=_DNS_NAME,
        oscal_type="user",
        oscal_text="An account that was looked at: {id}",
    )
)
declare(
    SubjectDeclaration(
        id="site",
        name=Text(ja="ホームページ", en="a web site"),
        listed_by="company",
        id_at_most=_DNS_NAME,
        look_again="tojimari site {id}",
        from_outside=True,
        page="outside:sites",
        oscal_type="inventory-item",
        oscal_text="A web site that was looked at from outside: {id}",
    )
)
declare(
    SubjectDeclaration(
        id="mail_domain",
        name=Text(ja="メールのドメイン", en="a mail domain"),
        listed_by="company",
        id_at_most=_DNS_NAME,
        look_again="tojimari site {id}",
        from_outside=True,
        page="outside:sites",
        oscal_type="inventory-item",
        oscal_text="A mail domain that was looked at from outside: {id}",
    )
)
declare(
    SubjectDeclaration(
        id="network",
        name=Text(ja="ネットワーク", en="the network"),
        listed_by="company",
        id_at_most=64,
        # The command tells an address from a name by the option.
        look_again="tojimari site --address {id}",
        from_outside=True,
        page="outside:sites",
        oscal_type="inventory-item",
        oscal_text="An address that was looked at from outside: {id}",
    )
)
declare(
    SubjectDeclaration(
        id="message",
        name=Text(ja="メール", en="a message"),
        listed_by="company",
        id_at_most=_RANDOM_ID,
        oscal_type="resource",
        oscal_text="A message that was looked at.",
    )
)
declare(
    SubjectDeclaration(
        id="paper",
        name=Text(ja="書類", en="a paper"),
        listed_by="evidence",
        evidence_source="document",
        id_at_most=_CATALOG_ID,
        oscal_type="resource",
        oscal_text="A paper that was registered.",
    )
)
declare(
    SubjectDeclaration(
        id="record",
        name=Text(ja="記録", en="a kept record"),
        listed_by="evidence",
        evidence_source="record",
        id_at_most=_CATALOG_ID,
        oscal_type="resource",
        oscal_text="A record that was registered.",
    )
)
