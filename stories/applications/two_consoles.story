# Two applications watch the same line; what one does, both see, and each ends on its own.
phone alice 7960 line 201
phone bob 7961 line 202
application first watches 201
application second watches 201

first calls from 201 to 202
first sees exactly ServiceInitiated Originated Delivered at 201
second sees exactly ServiceInitiated Originated Delivered at 201
first logs out
first has no session
alice hears ringing
bob answers
second sees exactly Established at 201
first sees nothing more at 201
