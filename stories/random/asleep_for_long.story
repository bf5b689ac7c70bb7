# An application that does not read for half an hour loses its session, and nothing is left of it.
every step is checked
phone ivan 7961 dual-line 212 213
phone alice 7961 line 202
application console watches 213

console stops reading
alice dials 213
after 18 minutes
