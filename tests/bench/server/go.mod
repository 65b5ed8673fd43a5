module sparkk8s.io/bench/server

go 1.26
