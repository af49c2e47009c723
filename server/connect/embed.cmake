# cmake -DOUTPUT=x.cc -DFROM=<descriptor set> -P embed.cmake
# Writes the bytes of a file as an array.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(SIZE "${FROM}" size)
file(WRITE "${OUTPUT}" "#include \"server/connect/contract_bytes.h\"

namespace signet::connect {

const size_t kContractSize = ${size};
const unsigned char kContractBytes[] = {
${bytes}};

}  // namespace signet::connect
")
