// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `pair` and `profile`: the nodes that this user knows.

#include <unistd.h>

#include <iostream>
#include <string>

#include "common/crypto/secret.hpp"
#include "common/pairing_client/pair.hpp"
#include "common/remote/own_identity.hpp"
#include "common/rpc/pinned_channel.hpp"
#include "node-daemon/ctl/access_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/remote_host.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

bool is_at_terminal() {
    return ::isatty(STDIN_FILENO) == 1;
}

Result<std::string> read_line(std::string_view question) {
    if (is_at_terminal()) print_error(question);
    std::string line;
    if (!std::getline(std::cin, line)) return fail(Code::invalid_argument, "standard input has ended");
    return line;
}

/// The fingerprint that was given, or the one somebody says the node's screen shows too.
Result<crypto::Digest> choose_fingerprint(const PairOptions& options, const std::string& address) {
    if (!options.fingerprint.empty()) return crypto::parse_fingerprint(options.fingerprint);
    if (!is_at_terminal())
        return fail(Code::invalid_argument, "--fingerprint is needed where nobody can be asked");
    RDT_TRY(auto found, rpc::probe_certificate(address, rpc::k_probe_limit));
    print_error("The fingerprint of the node at " + address + " is\n  " + found.fingerprint.str() + "\n");
    RDT_TRY(const auto answer, read_line("Does its screen show the same? (yes/no) "));
    if (answer != "yes")
        return fail(Code::permission_denied,
                    "then it is another node, or somebody stands in between; nothing "
                    "was sent to it");
    return std::move(found.fingerprint);
}

std::string profile_name(const PairOptions& options, const std::string& address) {
    if (!options.profile.empty()) return options.profile;
    std::string name;
    for (const char letter : address.substr(0, address.rfind(':')))
        if (letter != '[' && letter != ']') name += letter == ':' ? '-' : letter;
    return name;
}

Result<int> act(const PairOptions& options, bool json) {
    const auto address = remote::with_port(options.address);
    RDT_CHECK(rpc::parse_address(address));
    RDT_TRY(auto profiles, remote::own_profiles());
    const auto profile = profile_name(options, address);
    RDT_CHECK(remote::check_profile_name(profile));
    RDT_TRY(const auto identity, remote::own_identity());
    RDT_TRY(auto fingerprint, choose_fingerprint(options, address));
    RDT_TRY(const auto channel, rpc::connect_pinned({.address = address,
                                                     .fingerprint = fingerprint,
                                                     .client_certificate = identity.certificate,
                                                     .client_key = std::string(identity.key.view())}));
    RDT_TRY(auto code, read_line("Code on the node's screen: "));
    auto role = pairing::pair_over(channel, fingerprint, identity, code, options.client);
    crypto::wipe(code);
    if (!role) return std::unexpected(std::move(role).error());
    const remote::Profile made{profile, address, std::move(fingerprint), *std::move(role)};
    RDT_CHECK(profiles.put(made));
    RDT_CHECK(profiles.save());
    RDT_CHECK(print(json ? profiles_json({made}) : profile + "\n"));
    return 0;
}

Result<int> act(const ProfileAddOptions& options, bool) {
    const auto address = remote::with_port(options.address);
    RDT_CHECK(rpc::parse_address(address));
    RDT_TRY(auto fingerprint, crypto::parse_fingerprint(options.fingerprint));
    RDT_TRY(auto profiles, remote::own_profiles());
    RDT_CHECK(profiles.put({options.name, address, std::move(fingerprint), {}}));
    RDT_CHECK(profiles.save());
    return 0;
}

Result<int> act(const ProfileLsOptions& options, bool json) {
    RDT_TRY(const auto profiles, remote::own_profiles());
    if (!options.is_quiet) {
        RDT_CHECK(print(json ? profiles_json(profiles.all()) : render_profiles(profiles.all())));
        return 0;
    }
    std::string names;
    for (const auto& profile : profiles.all()) names += profile.name + "\n";
    RDT_CHECK(print(names));
    return 0;
}

Result<int> act(const ProfileRmOptions& options, bool) {
    RDT_TRY(auto profiles, remote::own_profiles());
    for (const auto& name : options.profiles) RDT_CHECK(profiles.remove(name));
    RDT_CHECK(profiles.save());
    return 0;
}

Result<int> act(const ProfileCertificateOptions&, bool) {
    RDT_TRY(const auto identity, remote::own_identity());
    RDT_CHECK(print(identity.certificate));
    return 0;
}

} // namespace

Result<int> profile(const ProfileVerb& verb, bool json) {
    return std::visit([json](const auto& options) { return act(options, json); }, verb);
}

} // namespace redoubt::ctl
