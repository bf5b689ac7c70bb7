# Reception has one number on three lines, a phone each. The number is one device: it is in service as long as one of
# the phones is there, and calls from it use any free line.
every step is checked
phone alice 7960 own line 210
phone bob 7961 own line 210
phone carol 7970 own line 210
phone dave 7960 line 201
application console watches 210

alice unregisters
console sees nothing more at 210
alice is plugged in
alice is registered within 30 seconds
dave dials 210
alice rings from 201
alice rejects
alice does not ring
bob rings from 201
bob rejects
carol rings from 201
console sees exactly Delivered at 210
carol answers
dave is connected to 210
console sees exactly Established at 210
console calls from 210 to 201
console succeeds
