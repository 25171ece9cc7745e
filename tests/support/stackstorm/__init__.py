"""A strict stand-in for StackStorm over real HTTP: auth, API and stream, with scripted actions."""

from tests.support.stackstorm.acts import Running as Running
from tests.support.stackstorm.acts import does as does
from tests.support.stackstorm.acts import never as never
from tests.support.stackstorm.server import StackStorm as StackStorm
from tests.support.stackstorm.world import Execution as Execution
