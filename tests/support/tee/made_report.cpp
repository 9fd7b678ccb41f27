// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/tee/made_report.hpp"

#include <algorithm>

namespace redoubt::tests {
namespace {

const std::string k_chip(64, 'S');
constexpr std::string_view k_tcb = std::string_view("\x04\x00\x00\x00\x00\x00\x18\xdb", 8);

void put(std::string& bytes, std::size_t at, std::string_view what) {
    bytes.replace(at, what.size(), what);
}

std::vector<Extension> vcek_extensions() {
    const std::string prefix = "1.3.6.1.4.1.3704.1.";
    std::vector<Extension> list{
        {prefix + "1", der_number(0)}, {prefix + "2", der(0x16, "Milan-B0")}, {prefix + "4", k_chip}};
    for (const auto& [part, value] :
         {std::pair("3.1", 4U), std::pair("3.2", 0U), std::pair("3.3", 24U), std::pair("3.4", 0U),
          std::pair("3.5", 0U), std::pair("3.6", 0U), std::pair("3.7", 0U), std::pair("3.8", 219U)})
        list.push_back({prefix + part, der_number(value)});
    return list;
}

} // namespace

tee::sev_snp::AmdAuthorities MadeAmd::authorities() const {
    tee::sev_snp::AmdAuthorities made;
    made.anchors.push_back(tee::make_operator_anchor(root.certificate));
    made.intermediates.push_back(signer.certificate);
    return made;
}

tee::sev_snp::Endorsements MadeAmd::endorsements() const {
    tee::sev_snp::Endorsements made;
    made.certificates.push_back(vcek.certificate);
    made.revocation_lists.push_back(make_list(root, {}));
    return made;
}

MadeAmd make_amd() {
    auto root =
        make_identity({.common_name = "ARK-Milan", .is_authority = true, .serial = 1}, Key::rsa(), nullptr);
    auto signer =
        make_identity({.common_name = "SEV-Milan", .is_authority = true, .serial = 2}, Key::rsa(), &root);
    auto vcek = make_identity({.common_name = "SEV-VCEK", .serial = 0, .extensions = vcek_extensions()},
                              Key::ec("P-384"), &signer);
    return {std::move(root), std::move(signer), std::move(vcek)};
}

std::string make_report_body() {
    std::string body(tee::sev_snp::k_report_size, '\0');
    body[0] = 3;
    put(body, 0x08, std::string_view("\x00\x00\x03", 3)); // policy: SMT and the bit that is always one
    body[0x34] = 1;
    put(body, 0x38, k_tcb);
    put(body, 0x90, std::string(48, 'M'));
    put(body, 0x160, std::string(32, '\xff'));
    put(body, 0x180, k_tcb);
    put(body, 0x188, "\x19\x01\x01");
    put(body, 0x1A0, k_chip);
    put(body, 0x1E0, k_tcb);
    put(body, 0x1F0, k_tcb);
    return body;
}

std::string sign_report(std::string body, const Key& key) {
    const auto pair =
        key.sign(tee::Hash::sha384, std::string_view(body).substr(0, tee::sev_snp::k_signed_size), 48);
    std::string r(pair.substr(0, 48));
    std::string s(pair.substr(48));
    std::ranges::reverse(r);
    std::ranges::reverse(s);
    put(body, 0x2A0, r);
    put(body, 0x2A0 + 72, s);
    return body;
}

} // namespace redoubt::tests
