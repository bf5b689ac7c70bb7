# A session that is refreshed stays; by INVITE or by UPDATE.
phone alice 7960 line 201
application inviter watches 201
application updater watches 201
updater refreshes by UPDATE

after 1 hour
inviter has refreshed its session
updater has refreshed its session
inviter has a session
updater has a session
alice begins a call
inviter sees ServiceInitiated at 201
updater sees ServiceInitiated at 201
