// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/reference.hpp"

#include <gtest/gtest.h>

namespace redoubt::oci {
namespace {

const std::string k_digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct Case {
    std::string text;
    std::string registry, repository, tag;
};

TEST(Reference, SplitsIntoItsParts) {
    const std::vector<Case> cases{
        {"busybox", "", "busybox", ""},
        {"busybox:1.36", "", "busybox", "1.36"},
        {"team/app:x_Y.z-1", "", "team/app", "x_Y.z-1"},
        {"localhost/x", "localhost", "x", ""},
        {"localhost:5000/x:t", "localhost:5000", "x", "t"},
        {"host:5000/team/app", "host:5000", "team/app", ""},
        {"a.b/x", "a.b", "x", ""},
        {"Host/x", "Host", "x", ""},
        {"[::1]:5000/x:t", "[::1]:5000", "x", "t"},
        {"[fe80::1]/x", "[fe80::1]", "x", ""},
        {"192.168.0.1/a/b/c", "192.168.0.1", "a/b/c", ""},
        {"a__b/c-----d/e.f_g", "", "a__b/c-----d/e.f_g", ""},
        {"host:5000", "", "host", "5000"}, // as everywhere: without a slash it is a tag
        {"localhost", "", "localhost", ""},
    };
    for (const auto& wanted : cases) {
        const auto reference = parse_reference(wanted.text);
        ASSERT_TRUE(reference) << reference.error().message;
        EXPECT_EQ(reference->registry, wanted.registry) << wanted.text;
        EXPECT_EQ(reference->repository, wanted.repository) << wanted.text;
        EXPECT_EQ(reference->tag, wanted.tag) << wanted.text;
        EXPECT_EQ(reference->str(), wanted.text);
    }
}

TEST(Reference, TagAndDigestMayStandTogether) {
    const auto reference = parse_reference("host:1/x:t@" + k_digest).value();
    EXPECT_EQ(reference.tag, "t");
    EXPECT_EQ(reference.digest->str(), k_digest);
    EXPECT_EQ(reference.str(), "host:1/x:t@" + k_digest);
    EXPECT_EQ(reference.name(), "host:1/x");
    EXPECT_EQ(reference.manifest_selector(), k_digest);
}

TEST(Reference, DefaultTagIsLatestUnlessSomethingIsSaid) {
    EXPECT_EQ(parse_reference("x").value().with_default_tag().str(), "x:latest");
    EXPECT_EQ(parse_reference("x:t").value().with_default_tag().str(), "x:t");
    EXPECT_EQ(parse_reference("x@" + k_digest).value().with_default_tag().str(), "x@" + k_digest);
    EXPECT_EQ(parse_reference("x").value().manifest_selector(), "latest");
}

TEST(Reference, AnUnqualifiedNameTakesTheRegistryItIsGiven) {
    const auto reference = parse_reference("team/app:1").value();
    EXPECT_FALSE(reference.is_qualified());
    EXPECT_EQ(reference.at_registry("localhost:5000").str(), "localhost:5000/team/app:1");
}

void expect_refused(const std::string& text, const std::string& why) {
    const auto reference = parse_reference(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().code, Code::invalid_argument);
    EXPECT_EQ(reference.error().message, "image reference '" + text + "': " + why);
}

TEST(Reference, RefusesWhatIsNotAName) {
    expect_refused("", "empty");
    expect_refused("Busybox", "the repository 'Busybox' must be lower case");
    expect_refused("a.b/App", "the repository 'App' must be lower case");
    expect_refused("a b", "'a b' is not a valid part of a repository");
    expect_refused("../etc", "'..' is not a valid registry (host or host:port)");
    expect_refused("x/../y", "'..' is not a valid part of a repository");
    expect_refused("x//y", "'' is not a valid part of a repository");
    expect_refused("/x", "'' is not a valid part of a repository");
    expect_refused("x/", "'' is not a valid part of a repository");
    expect_refused("a___b", "'a___b' is not a valid part of a repository");
    expect_refused("a..b", "'a..b' is not a valid part of a repository");
    expect_refused("-a", "'-a' is not a valid part of a repository");
    expect_refused("a.b/", "the repository is missing");
}

TEST(Reference, RefusesABadTag) {
    expect_refused("x:", "'' is not a valid tag");
    expect_refused("x:-t", "'-t' is not a valid tag");
    expect_refused("x:t/y", "'x:t' is not a valid registry (host or host:port)");
    expect_refused("x:" + std::string(129, 'a'), "'" + std::string(129, 'a') + "' is not a valid tag");
}

TEST(Reference, RefusesABadRegistry) {
    for (const std::string host :
         {"a.", ".a", "h:0", "h:65536", "h:x", "h:", "-a.b", "[::1", "[]", "[x::]:1"})
        expect_refused(host + "/x", "'" + host + "' is not a valid registry (host or host:port)");
}

TEST(Reference, RefusesABadDigest) {
    expect_refused("x@", "digest '': not of the form algorithm:hex");
    expect_refused("x@sha256:1", "digest 'sha256:1': sha256 needs 64 hex digits, there are 1");
}

TEST(Reference, HasLimits) {
    EXPECT_TRUE(parse_reference(std::string(255, 'a')));
    expect_refused(std::string(256, 'a'), "the name has 256 characters, at most 255 are allowed");
    EXPECT_TRUE(parse_reference(std::string(10000, 'a'))
                    .error()
                    .message.ends_with("10000 characters, at most 512 are allowed"));
}

} // namespace
} // namespace redoubt::oci
