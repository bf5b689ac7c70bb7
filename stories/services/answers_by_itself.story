# A device answers by itself, after a ring.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 202

console turns automatic answer at 202 on
console succeeds
console sees AutoAnswer at 202
alice dials 202
bob rings
after 6 seconds
bob is connected to 201
console sees Established at 202
