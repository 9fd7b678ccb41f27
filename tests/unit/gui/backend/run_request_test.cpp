// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/run_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gui/backend/yaml_text.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::gui {
namespace {

using testing::ElementsAre;

TEST(Words, AreSplitAsAShellSplitsThem) {
    EXPECT_THAT(*split_words(R"(sh -c "echo a  b" 'c "d"' e\ f "")"),
                ElementsAre("sh", "-c", "echo a  b", "c \"d\"", "e f", ""));
    EXPECT_TRUE(split_words("   ")->empty());
    EXPECT_FALSE(split_words("sh 'a"));
}

TEST(Review, ShowsWhatIsSent) {
    RunRequest request;
    request.image = "registry.example/web:1";
    request.name = "web";
    request.command = {"sh", "-c", "echo: yes"};
    request.environment = {{"MODE", "no"}, {"TEXT", "a\"b\nc"}};
    request.memory_bytes = 512U << 20U;
    request.cpus = 1.5;
    request.network = "backend";
    request.read_only = true;
    EXPECT_EQ(*review_of(request), R"(spec:
  image: registry.example/web:1
  name: web
  command:
  - sh
  - "-c"
  - "echo: yes"
  environment:
  - name: MODE
    value: "no"
  - name: TEXT
    value: "a\"b\nc"
  read_only_rootfs: true
  memory_bytes: 536870912
  cpus: 1.5
  networks:
  - backend
  runtime: vm
)");
}

TEST(Review, IsOfTheMessageThatIsSent) {
    RunRequest request;
    request.image = "a";
    request.terminal = true;
    const auto spec = encode(request);
    ASSERT_TRUE(spec);
    redoubt::node::v1::CreateContainerRequest message;
    *message.mutable_spec() = *spec;
    EXPECT_EQ(*review_of(request), yaml_of(message));
    EXPECT_TRUE(spec->stdin_open()) << "a shell without input ends at once";
}

TEST(RunRequest, ThatCannotBeIsRefused) {
    RunRequest request;
    EXPECT_FALSE(encode(request)) << "no image";
    request.image = "a";
    EXPECT_TRUE(encode(request));
    for (const auto* name : {"-a", ".a", "a b", "a/b", "ä"}) {
        request.name = name;
        EXPECT_FALSE(encode(request)) << name;
    }
    request.name.clear();
    request.level = "none";
    EXPECT_FALSE(encode(request));
    request.level = "gvisor";
    request.environment = {{"", "a"}};
    EXPECT_FALSE(encode(request));
}

TEST(RunRequest, OfAConfidentialContainerCarriesItsInitdata) {
    RunRequest request;
    request.image = "a";
    request.level = "confidential";
    EXPECT_FALSE(encode(request)) << "its guest would deny everything";
    request.initdata =
        "version = \"0.1.0\"\nalgorithm = \"sha384\"\n\n[data]\n\"policy.rego\" = \"package agent_policy\"\n";
    const auto spec = encode(request);
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(spec->annotations().size(), 1U);
    request.level = "vm";
    EXPECT_TRUE(encode(request)->annotations().empty());
}

TEST(Yaml, QuotesWhatWouldBeSomethingElse) {
    for (const auto* text : {"", "true", "No", "null", "12", "1.5", "1e3", "0x1", "a: b", "#a", "- a", "a #b",
                             "a:", "'a'", "{a}", "*a"})
        EXPECT_TRUE(yaml_scalar(text).starts_with('"')) << text;
    for (const auto* text : {"a", "registry.example/web:1", "/bin/sh", "a-b", "v1.2"})
        EXPECT_EQ(yaml_scalar(text), text);
    EXPECT_EQ(yaml_scalar("a\x01"), "\"a\\x01\"");
}

} // namespace
} // namespace redoubt::gui
