# An application that writes the sixth edition of ECMA-323, with a prefix before every element, is answered and told in
# the sixth edition. It changes its mind about which events it wants.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202
console speaks the sixth edition
console writes prefixes

console calls from 201 to 202
console succeeds
console sees exactly Delivered at 202
console filters Established ConnectionCleared at 202
console succeeds
bob answers
bob holds
console sees exactly Held at 202
bob resumes
bob hangs up
console sees exactly Retrieved at 202
