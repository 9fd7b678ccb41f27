// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {

void declare_login_verbs(CLI::App& app, ParseState& state) {
    auto& options = state.login;
    CLI::App* verb = add_verb(app, state, "login", "Log in to a registry, for pulls from here");
    verb->add_option("-u,--username", options.username, "Name")->type_name("NAME");
    auto* password =
        verb->add_option("-p,--password", options.password, "Password: other users may see it in ps")
            ->type_name("PASSWORD");
    verb->add_flag("--password-stdin", options.password_stdin, "Read the password from standard input")
        ->excludes(password);
    verb->add_option("--authfile", options.auth_file,
                     "Where it is kept; default: $REGISTRY_AUTH_FILE,\nelse containers/auth.json in "
                     "$XDG_RUNTIME_DIR")
        ->type_name("FILE");
    verb->add_flag("--tls-verify", options.verify_tls, "Verify the registry's certificate")
        ->default_str("true");
    verb->add_option("--cert-dir", options.cert_dir, "Folder of a private authority's *.crt files")
        ->type_name("DIR");
    verb->add_flag("--get-login", options.get_login, "Print the name one is logged in by");
    verb->add_option("REGISTRY", options.registry, "host[:port], or a namespace or repository in it")
        ->required();
    state.take[verb] = [&state]() -> Verb { return state.login; };

    CLI::App* out = add_verb(app, state, "logout", "Forget a login");
    out->add_option("--authfile", state.logout.auth_file, "As of login")->type_name("FILE");
    out->add_flag("-a,--all", state.logout.all, "All of them");
    out->add_option("REGISTRY", state.logout.registry, "As of login");
    state.take[out] = [&state]() -> Verb { return state.logout; };
}

} // namespace redoubt::ctl
