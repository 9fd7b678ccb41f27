// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl login` and `logout`: podman's, with its file.

#include <unistd.h>

#include <format>
#include <iostream>

#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/registry_logins.hpp"
#include "node-daemon/ctl/terminal.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::size_t k_longest_answer = 16U << 10U;

Result<std::string> read_line(std::string_view what) {
    std::string line;
    if (!std::getline(std::cin, line) && line.empty())
        return fail(Code::invalid_argument, "no {} on standard input", what);
    if (line.ends_with('\r')) line.pop_back();
    if (line.size() > k_longest_answer) return fail(Code::invalid_argument, "the {} is too long", what);
    return line;
}

/// Asks at the terminal; nobody is asked where there is none.
Result<std::string> ask(const std::string& question, std::string_view what, std::string_view flag) {
    if (!is_terminal(STDIN_FILENO))
        return fail(Code::invalid_argument, "standard input is no terminal to ask at: give the {} by {}",
                    what, flag);
    print_error(question);
    return read_line(what);
}

Result<std::string> ask_password() {
    const auto silence = SilentTerminal::enter(STDIN_FILENO);
    auto password = ask("Password: ", "password", "--password-stdin");
    if (silence) print_error("\n"); // the one that was typed was not shown
    return password;
}

/// What is asked for at the terminal: that which the flags do not say.
Result<oci::RegistryLogin> complete_login(const LoginOptions& options,
                                          const std::optional<oci::RegistryLogin>& known) {
    oci::RegistryLogin login{options.username, options.password};
    if (options.password_stdin && login.username.empty())
        return fail(Code::invalid_argument, "--password-stdin needs --username");
    if (login.username.empty()) {
        const auto before = known ? std::format(" ({})", known->username) : std::string();
        RDT_TRY(login.username, ask(std::format("Username{}: ", before), "name", "--username"));
        if (login.username.empty() && known) login.username = known->username;
    }
    if (login.username.empty() || login.username.contains(':'))
        return fail(Code::invalid_argument, "a name is not empty, and has no colon in it");
    if (options.password_stdin) {
        RDT_TRY(login.password, read_line("password"));
    } else if (login.password.empty()) {
        RDT_TRY(login.password, ask_password());
    }
    return login;
}

Result<pb::CheckLoginRequest> make_request(const LoginOptions& options, const oci::RegistryLogin& login) {
    RegistryOptions registry;
    registry.verify_tls = options.verify_tls;
    registry.cert_dir = options.cert_dir;
    RDT_TRY(const auto reach, make_reach(registry));
    pb::CheckLoginRequest request;
    request.set_registry(oci::registry_of(options.registry));
    request.mutable_credentials()->set_username(login.username);
    request.mutable_credentials()->set_password(login.password);
    request.set_plain_http(reach.plain_http);
    request.set_ca_certificates(reach.ca_certificates);
    return request;
}

} // namespace

Result<int> login(Context context, const LoginOptions& options) {
    RDT_CHECK(oci::check_login_place(options.registry));
    const auto file = auth_file_to_write(options.auth_file, own_environment);
    RDT_TRY(auto logins, read_auth_file(file));
    RDT_TRY(const auto known, find_login_at(options.registry, options.auth_file, own_environment));
    RDT_TRY(const auto wanted, complete_login(options, known));
    RDT_TRY(const auto request, make_request(options, wanted));
    RDT_CHECK(context.client.check_login(request));
    logins.set(options.registry, wanted);
    RDT_CHECK(write_auth_file(file, logins));
    RDT_CHECK(print("Login Succeeded!\n"));
    return 0;
}

Result<int> print_login(const LoginOptions& options) {
    RDT_CHECK(oci::check_login_place(options.registry));
    RDT_TRY(const auto known, find_login_at(options.registry, options.auth_file, own_environment));
    if (!known) return fail(Code::not_found, "not logged into {}", options.registry);
    RDT_CHECK(print(known->username + "\n"));
    return 0;
}

Result<int> logout(const LogoutOptions& options) {
    if (options.all != options.registry.empty())
        return fail(Code::invalid_argument, "name one registry, or --all");
    const auto file = auth_file_to_write(options.auth_file, own_environment);
    RDT_TRY(auto logins, read_auth_file(file));
    if (options.all)
        logins.remove_all();
    else if (!logins.remove(options.registry))
        return fail(Code::not_found, "not logged into {}", options.registry);
    RDT_CHECK(write_auth_file(file, logins));
    RDT_CHECK(print(options.all ? "Removed login credentials for all registries\n"
                                : std::format("Removed login credentials for {}\n", options.registry)));
    return 0;
}

} // namespace redoubt::ctl
