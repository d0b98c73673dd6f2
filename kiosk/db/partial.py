"""Partial indexes that cost nothing until a schema is made from the models.

An `Index` with ``postgresql_where`` imports PostgreSQL's dialect when its class is defined: 4 MB and a tenth of a second
that a station with SQLite has no use for. The product itself builds its schema by migrations alone.
"""

from sqlalchemy import Index, MetaData, text

_WHERE = "kiosk.where"


def partial_index(name: str, *columns: str, unique: bool, where: str) -> Index:
    """Declare an index over the rows that satisfy the SQL condition *where*."""
    return Index(name, *columns, unique=unique, info={_WHERE: where})


def complete_partial_indexes(metadata: MetaData) -> None:
    """Give the partial indexes of *metadata* their conditions; for what compares or makes a schema from the models."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if where := index.info.get(_WHERE):
                for dialect in ("sqlite", "postgresql"):
                    index.dialect_options[dialect]["where"] = text(where)
