echo BASH_ENV-was-read
