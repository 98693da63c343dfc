-- power(bits): the whole number two to so many, from 0 on; 0 for -1.
CAST(floor(pow(2, bits)) AS HUGEINT)
