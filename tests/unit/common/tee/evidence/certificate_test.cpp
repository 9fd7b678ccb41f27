// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/certificate.hpp"

#include <gtest/gtest.h>

namespace redoubt::tee {
namespace {

/// Made by `openssl ecparam -param_enc explicit`: P-256 in numbers instead of by its name.
constexpr std::string_view k_curve_of_its_own =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIChDCCAiugAwIBAgIUI3GHqnCmTNyCUjrpVqWAAsydqhgwCgYIKoZIzj0EAwIw\n"
    "HTEbMBkGA1UEAwwSYSBjdXJ2ZSBvZiBpdHMgb3duMCAXDTI2MTEyMjE4MzQwM1oY\n"
    "DzIxMjYxMDI5MTgzNDAzWjAdMRswGQYDVQQDDBJhIGN1cnZlIG9mIGl0cyBvd24w\n"
    "ggFLMIIBAwYHKoZIzj0CATCB9wIBATAsBgcqhkjOPQEBAiEA/////wAAAAEAAAAA\n"
    "AAAAAAAAAAD///////////////8wWwQg/////wAAAAEAAAAAAAAAAAAAAAD/////\n"
    "//////////wEIFrGNdiqOpPns+u9VXaYhrxlHQawzFOw9jvOPD4n0mBLAxUAxJ02\n"
    "CIbnBJNqZnjhE50mt4GffpAEQQRrF9Hy4SxCR/i85uVjpEDydwN9gS3rM6D0oTlF\n"
    "2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1AiEA/////wAAAAD/\n"
    "/////////7zm+q2nF56E87nKwvxjJVECAQEDQgAEwqk0JAYlFK1fQFPqwiBcj+Ge\n"
    "ii/ON6COcWYEUqRz8XwJfiD/nyQigukaM0TMUKh94MM8Tp26yLOEy62K2eR/jaNT\n"
    "MFEwHQYDVR0OBBYEFLV05YsWFMU72Qj1AtGhLj0lm4X0MB8GA1UdIwQYMBaAFLV0\n"
    "5YsWFMU72Qj1AtGhLj0lm4X0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID\n"
    "RwAwRAIgU49TVfSj+l31B6EL5Kxq20hUJNUuqLx+60lJDQTJeaMCIC9SSNIFlDHI\n"
    "CplsliSvTzmdaTH1xCBc1wp7t6d1W+Cv\n"
    "-----END CERTIFICATE-----\n";

TEST(Certificate, WithACurveOfItsOwnIsRefused) {
    EXPECT_EQ(Certificate::parse_all(k_curve_of_its_own).error().message,
              "certificate 1: key or extensions are malformed");
    EXPECT_EQ(Certificate::parse(k_curve_of_its_own).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::tee
