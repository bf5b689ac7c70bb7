# Every message arrives byte by byte, in both directions, from phones and applications.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice's segments arrive byte by byte
bob's segments are split
console's segments arrive byte by byte
console calls from 201 to 202
console succeeds
bob rings from 201
bob answers
alice is connected to 202
console sees Established at 202
alice's connection breaks
alice is registered within 20 seconds
