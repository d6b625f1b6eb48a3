"""Live folders: sessions that are queried while more of them arrive.

>>> import tempfile, usql
>>> folder = tempfile.mkdtemp()
>>> usql.live.append(folder, [{"userSessionId": "a", "city": "Linz"}]).sessions
1
>>> sessions = usql.live.open(folder)
>>> usql.live.append(folder, [{"userSessionId": "b", "city": "Wien"}]).sessions
1
>>> len(sessions), len(sessions.refresh())
(1, 2)
"""

from __future__ import annotations

from usql.live.adding import append
from usql.live.folder import Added
from usql.live.sessions import LiveSessions, open

__all__ = ["Added", "LiveSessions", "append", "open"]
