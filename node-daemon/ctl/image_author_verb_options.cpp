// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verb_options.hpp"

namespace redoubt::ctl {
namespace {

void declare_image_encrypt(CLI::App& group, ParseState& state) {
    auto& options = state.image_encrypt;
    CLI::App* verb = add_verb(group, state, "encrypt", "Encrypt an image's layers, for confidential guests");
    verb->add_option("--key", options.key, "Where guests get the key: kbs:///REPOSITORY/TYPE/TAG")
        ->type_name("URI")
        ->required();
    verb->add_option("--key-file", options.key_file, "The key: 32 bytes")->type_name("FILE")->required();
    verb->add_option("--layer", options.layers, "Only this layer, from 0, or from the end, -1; default: all")
        ->allow_extra_args(false)
        ->type_name("NUMBER");
    verb->add_option("--platform", options.platform, "Which image of several platforms")
        ->type_name("OS/ARCH")
        ->capture_default_str();
    verb->add_option("SOURCE", options.source, "oci:FOLDER[:TAG], oci-archive:FILE[:TAG], or a path")
        ->required();
    verb->add_option("TARGET", options.target, "The same; is not there yet")->required();
    state.take[verb] = [&state]() -> Verb { return state.image_encrypt; };
}

void add_signature_options(CLI::App& verb, ImageSignatureOptions& options) {
    verb.add_option("IMAGE", options.image, "oci:FOLDER[:TAG], or a folder that is an OCI layout")
        ->required();
}

void declare_image_sign(CLI::App& group, ParseState& state) {
    auto& options = state.image_sign;
    CLI::App* verb = add_verb(group, state, "sign", "Sign an image as cosign does with a key");
    verb->add_option("--key-file", options.key_file, "Private key of P-256, PKCS #8 in PEM")
        ->type_name("FILE")
        ->required();
    verb->add_option("--reference", options.reference, "What the image is called: registry.example/app")
        ->type_name("NAME")
        ->required();
    add_signature_options(*verb, options);
    state.take[verb] = [&state]() -> Verb { return state.image_sign; };
}

void declare_image_verify(CLI::App& group, ParseState& state) {
    auto& options = state.image_verify;
    CLI::App* verb = add_verb(group, state, "verify", "Verify that a key signed an image");
    verb->add_option("--key-file", options.key_file, "Public key in PEM")->type_name("FILE")->required();
    verb->add_option("--reference", options.reference, "Only what was signed under this name; default: any")
        ->type_name("NAME");
    add_signature_options(*verb, options);
    state.take[verb] = [&state]() -> Verb { return state.image_verify; };
}

} // namespace

void declare_image_author_verbs(CLI::App& group, ParseState& state) {
    declare_image_encrypt(group, state);
    declare_image_sign(group, state);
    declare_image_verify(group, state);
}

} // namespace redoubt::ctl
