# Pidgin sends no branches, never answers events and restarts its sequence numbers: it is served all the same.
phone alice 7960 line 201
phone bob 7961 line 202
application pidgin watches 201
pidgin behaves like pidgin

pidgin calls from 201 to 202
pidgin succeeds
bob answers
pidgin sees exactly ServiceInitiated Originated Delivered Established at 201
pidgin refreshes its session
pidgin has refreshed its session
alice hangs up
pidgin sees exactly ConnectionCleared at 201
after 1 minute
pidgin has a session
pidgin calls from 201 to 202
pidgin succeeds
bob rings from 201
