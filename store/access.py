"""Who may speak: intake sources, tokens and linked accounts, all by this name."""

# ruff: noqa: PLC0414  (what speaks for whom is known by this name)
from __future__ import annotations

from store.identities import account_on as account_on
from store.identities import accounts as accounts
from store.identities import link_account as link_account
from store.identities import surfaces_of as surfaces_of
from store.secret import hashed as hashed
from store.secret import new_address as new_address
from store.secret import new_secret as new_secret
from store.sources import Source as Source
from store.sources import configure_source as configure_source
from store.sources import source as source
from store.sources import source_of as source_of
from store.sources import sources as sources
from store.tokens import OF_PERSON as OF_PERSON
from store.tokens import Token as Token
from store.tokens import create_token as create_token
from store.tokens import forget_token as forget_token
from store.tokens import revoke_token as revoke_token
from store.tokens import token as token
from store.tokens import tokens as tokens
from store.tokens import used as used
