# A phone that the configuration does not know is refused, and tries again later.
phone alice 7960 line 201
phone stranger 7960 mac 0200.0000.0999

alice is registered
stranger is not registered
after 1 minute
stranger is not registered
alice is registered
