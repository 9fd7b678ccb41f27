// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/reference_values/corim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "common/cose/sign1.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::services::reference_values {
namespace {

using encoding::from_hex;
using testing::HasSubstr;

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();
constexpr auto k_day = std::chrono::hours(24);

// ---- CBOR, piece by piece

std::string num(std::int64_t value) {
    return value < 0 ? cbor::encode_head(1, static_cast<std::uint64_t>(-1 - value))
                     : cbor::encode_head(0, static_cast<std::uint64_t>(value));
}
std::string text(std::string_view value) {
    return cbor::encode_text(value);
}
std::string bytes(std::string_view value) {
    return cbor::encode_bytes(value);
}
std::string tag(std::uint64_t number, const std::string& content) {
    return cbor::encode_head(6, number) + content;
}
std::string list(std::initializer_list<std::string> items) {
    auto made = cbor::encode_head(4, items.size());
    for (const auto& item : items) made += item;
    return made;
}
std::string map(const std::map<std::int64_t, std::string>& members) {
    auto made = cbor::encode_head(5, members.size());
    for (const auto& [key, value] : members) made += num(key) + value;
    return made;
}
std::string time(Time at) {
    return tag(1, num(at.time_since_epoch().count()));
}
std::string validity(std::optional<Time> from, Time until) {
    return from ? map({{0, time(*from)}, {1, time(until)}}) : map({{1, time(until)}});
}

// ---- a CoRIM with one CoMID, whose pieces a test may change

const std::string k_digest(48, 'd');
const std::string k_class = map({{1, text("ACME")}, {2, text("RoadRunner")}});

std::string digest(std::int64_t algorithm, std::string_view value) {
    return list({num(algorithm), bytes(value)});
}
std::string measurement(const std::string& key, const std::string& values) {
    return key.empty() ? map({{1, values}}) : map({{0, key}, {1, values}});
}
std::string triple(const std::string& class_map, const std::string& measured) {
    return list({map({{0, class_map}}), list({measured})});
}
std::string comid(const std::string& triples) {
    return map({{1, map({{0, text("tag")}})}, {4, map({{0, triples}})}});
}
/// The tags of a CoRIM: this CoMID.
std::string tags(const std::string& mid) {
    return list({tag(506, bytes(mid))});
}
std::string one(const std::string& key, const std::string& values, const std::string& class_map = k_class) {
    return comid(list({triple(class_map, measurement(key, values))}));
}
std::map<std::int64_t, std::string> corim_map(const std::string& mid, bool is_ours = false) {
    std::map<std::int64_t, std::string> made{{0, text("id")}, {1, tags(mid)}};
    if (is_ours) made[3] = tag(32, text(k_corim_profile));
    return made;
}
std::string corim(const std::string& mid, bool is_ours = false) {
    return tag(501, map(corim_map(mid, is_ours)));
}
const std::string k_digests = map({{2, list({digest(7, k_digest)})}});
const std::string k_good = corim(one(text("kernel"), k_digests));

Result<std::vector<ReferenceValue>> read(std::string_view made, const Signers& signers = {},
                                         Unsigned rule = Unsigned::accepted) {
    return read_corim(made, signers, rule, "admin", k_now);
}
/// Names and values as JSON; or what is wrong.
std::string shown(const Result<std::vector<ReferenceValue>>& values) {
    if (!values) return values.error().message;
    boost::json::object object;
    for (const auto& value : *values) object[value.id] = value.value;
    return boost::json::serialize(object);
}
std::string hex(std::string_view value) {
    return encoding::to_hex(value);
}

// The example of draft-ietf-rats-corim (cddl/examples/corim-1.diag), encoded by hand, but for the space in
// its names.
TEST(Corim, ReadsTheDraftsExample) {
    const auto example =
        from_hex("d901f5a20050284e6c3e5d9f4f6b851f5a4247f243a70181d901fa58a0a301a100503f06af63a93c11e49797005"
                 "05690773f"
                 "0281a3006441434d4501d8207468747470733a2f2f61636d652e6578616d706c6502810004a1008182a100a400d"
                 "8255067b28b"
                 "6c34cc40a19117ab5b05911e37016441434d45026a526f616452756e6e6572030181a101a200a20065312e302e3"
                 "00119400002"
                 "818201582044aa336af4cb14a879432e53dd6571c7fa9bccafb75f488259262d6ea3a4d91b")
            .value();
    const auto values = read(example);
    EXPECT_EQ(shown(values), R"({"ACME/RoadRunner/version":["1.0.0"],"ACME/RoadRunner/digests":[)"
                             R"("44aa336af4cb14a879432e53dd6571c7fa9bccafb75f488259262d6ea3a4d91b"]})");
    // What older drafts put around it.
    EXPECT_EQ(shown(read(tag(500, example))), shown(values));
}

TEST(Corim, NamesValuesAsTrusteeDoes) {
    const auto uuid = tag(37, bytes(from_hex("31fb5abf023e4992aa4e95f9c1503bfa").value()));
    const auto name_of = [](const std::string& key, const std::string& values,
                            const std::string& class_map = k_class) {
        const auto read_values = read(corim(one(key, values, class_map)));
        return read_values ? read_values->at(0).id : read_values.error().message;
    };
    EXPECT_EQ(name_of(uuid, k_digests), "ACME/RoadRunner/31fb5abf-023e-4992-aa4e-95f9c1503bfa/digests");
    EXPECT_EQ(name_of(num(7), k_digests), "ACME/RoadRunner/claim7/digests");
    EXPECT_EQ(name_of(text("boot loader"), k_digests), "ACME/RoadRunner/boot_loader/digests");
    EXPECT_EQ(name_of("", k_digests), "ACME/RoadRunner/digests");
    EXPECT_EQ(name_of("", map({{2, list({digest(7, k_digest)})}, {8, text("S1")}, {11, text("n")}})),
              "ACME/RoadRunner/n/S1/digests");
    EXPECT_EQ(name_of(text("k"), map({{4, tag(560, bytes("\x01\x02"))}})), "ACME/RoadRunner/k/raw_bytes");
    // And what it has no names for.
    EXPECT_EQ(name_of(tag(111, bytes(from_hex("2a8648ce3d").value())), k_digests),
              "ACME/RoadRunner/1.2.840.10045/digests");
    EXPECT_EQ(name_of(text("k"), map({{1, tag(552, num(3))}})), "ACME/RoadRunner/k/svn");
    EXPECT_EQ(name_of(text("k"), map({{1, num(3)}})), "ACME/RoadRunner/k/svn");
    EXPECT_EQ(name_of(text("k"), map({{1, tag(553, num(3))}})), "ACME/RoadRunner/k/min_svn");
    EXPECT_EQ(name_of(text("k"), map({{14, map({{2, list({digest(7, k_digest)})}})}})),
              "ACME/RoadRunner/k/integrity_registers/2");
    EXPECT_EQ(name_of(text("k"), k_digests, map({{0, uuid}})),
              "31fb5abf-023e-4992-aa4e-95f9c1503bfa/k/digests");
    EXPECT_EQ(name_of(text("k"), k_digests, map({{0, tag(551, num(-4))}, {3, num(1)}, {4, num(0)}})),
              "-4/k/digests");
    EXPECT_EQ(name_of(text("k"), k_digests, map({{0, tag(560, bytes("\xab"))}})), "ab/k/digests");
}

TEST(Corim, HasNamesOfThisServiceInItsProfile) {
    const auto mid =
        comid(list({triple(k_class, measurement(text("snp_launch_measurement"), k_digests)),
                    triple(k_class, measurement(text("snp_launch_measurement"),
                                                map({{2, list({digest(7, std::string(48, 'e'))})}}))),
                    triple(k_class, measurement(text("snp_bootloader"), map({{1, num(4)}}))),
                    triple(k_class, measurement(text("xfam"), map({{4, tag(560, bytes("\xe7"))}})))}));
    EXPECT_EQ(shown(read(corim(mid, true))), R"({"snp_launch_measurement":[")" + hex(k_digest) + R"(",")" +
                                                 hex(std::string(48, 'e')) +
                                                 R"("],"snp_bootloader":[4],"xfam":["e7"]})");
    const auto fault = [](const std::string& key, const std::string& values) {
        return shown(read(corim(one(key, values), true)));
    };
    EXPECT_THAT(fault("", k_digests), HasSubstr("a text string is missing"));
    EXPECT_THAT(fault(num(1), k_digests), HasSubstr("not a text string"));
    EXPECT_THAT(fault(text("a"), map({{1, num(1)}, {2, list({digest(7, k_digest)})}})),
                HasSubstr("two kinds"));
    EXPECT_THAT(fault(text("a"), map({{1, tag(553, num(1))}})), HasSubstr("a least SVN"));
    EXPECT_THAT(fault(text("a"), map({{2, list({digest(7, k_digest)})}, {11, text("n")}})),
                HasSubstr("member 11 is not implemented"));
}

TEST(Corim, EndsWhenItSays) {
    EXPECT_EQ(read(k_good)->at(0).expires, k_now + k_default_lifetime);
    const auto with = [](const std::string& period) {
        auto members = corim_map(one(text("kernel"), k_digests));
        members[4] = period;
        return tag(501, map(members));
    };
    EXPECT_EQ(read(with(validity(k_now, k_now + k_day)))->at(0).expires, k_now + k_day);
    EXPECT_EQ(read(with(validity({}, k_now + 1000 * k_day)))->at(0).expires, k_now + 1000 * k_day);
    EXPECT_THAT(shown(read(with(validity({}, k_now)))), HasSubstr("it ended at 2026-06-01T00:00:00Z"));
    EXPECT_THAT(shown(read(with(validity(k_now + k_day, k_now + 2 * k_day)))),
                HasSubstr("not valid before 2026-06-02T00:00:00Z"));
    for (const auto& period : {map({{0, time(k_now)}}), map({{1, num(1)}}), map({{1, tag(1, num(-1))}}),
                               map({{1, tag(1, num(253'402'300'800))}}),
                               map({{1, tag(1, from_hex("fb41d954fc40000000").value())}}),
                               map({{1, time(k_now + k_day)}, {2, num(0)}})})
        EXPECT_FALSE(read(with(period))) << hex(period);
}

// ---- what cannot be kept is refused

struct Fault {
    std::string made;
    const char* words;
};

TEST(Corim, RefusesWhatWouldNarrowAValue) {
    const auto with_environment = [](const std::map<std::int64_t, std::string>& members) {
        return corim(comid(list({list({map(members), list({measurement(text("k"), k_digests)})})})));
    };
    const auto key = tag(37, bytes(std::string(16, 'u')));
    for (const auto& [made, words] : std::initializer_list<Fault>{
             {with_environment({{0, k_class}, {1, key}}), "member 1 is not implemented"},
             {with_environment({{0, k_class}, {2, key}}), "member 2 is not implemented"},
             {corim(comid(list({triple(k_class, map({{0, text("k")}, {1, k_digests}, {2, list({})}}))}))),
              "member 2 is not implemented"},
             {corim(one(text("k"), map({{2, list({digest(7, k_digest)})}, {3, map({{3, "\xf4"}})}}))),
              "member 3 is not implemented"},
             {corim(one(text("k"), map({{4, tag(560, bytes("a"))}, {5, bytes("a")}}))),
              "member 5 is not implemented"},
             {corim(one(text("k"), map({{4, tag(563, list({bytes("a"), bytes("a")}))}}))),
              "not a value of tag 560"},
             {corim(one(text("k"), map({{2, list({digest(7, k_digest)})}, {-1, num(0)}}))),
              "member -1 is not implemented"},
             {corim(one(text("k"), k_digests, map({{1, text("ACME")}, {9, num(1)}}))),
              "member 9 is not implemented"}}) {
        const auto values = read(made);
        EXPECT_THAT(shown(values), HasSubstr(words));
        EXPECT_THAT(shown(values), HasSubstr("corim: byte ")) << words;
    }
}

TEST(Corim, RefusesProfilesAndTagsThatAreNotKnown) {
    auto members = corim_map(one(text("k"), k_digests));
    members[3] = tag(32, text("https://example.org/profile"));
    EXPECT_THAT(shown(read(tag(501, map(members)))),
                HasSubstr("profile 'https://example.org/profile' is not implemented"));
    EXPECT_EQ(read(tag(501, map(members))).error().code, Code::unimplemented);
    members[3] = tag(111, bytes("\x2a"));
    EXPECT_EQ(read(tag(501, map(members))).error().code, Code::unimplemented);
    members.erase(3);
    members[1] = list({tag(506, bytes(one(text("k"), k_digests))), tag(505, bytes(map({})))});
    EXPECT_THAT(shown(read(tag(501, map(members)))), HasSubstr("tag 505, which is no CoMID"));
    members = corim_map(one(text("k"), k_digests));
    members[6] = num(1);
    EXPECT_EQ(read(tag(501, map(members))).error().code, Code::unimplemented);
    const auto linked = [](std::int64_t relation) {
        return corim(map({{1, map({{0, text("tag")}})},
                          {3, list({map({{0, text("old")}, {1, num(relation)}})})},
                          {4, map({{0, list({triple(k_class, measurement(text("k"), k_digests))})}})}}));
    };
    EXPECT_TRUE(read(linked(0)));
    EXPECT_THAT(shown(read(linked(1))), HasSubstr("a tag that replaces another"));
}

TEST(Corim, RefusesANameOfTwoClasses) {
    const auto layered = map({{1, text("ACME")}, {2, text("RoadRunner")}, {3, num(1)}});
    EXPECT_THAT(shown(read(corim(comid(list({triple(k_class, measurement(text("k"), k_digests)),
                                             triple(layered, measurement(text("k"), k_digests))}))))),
                HasSubstr("'ACME/RoadRunner/k/digests' is a name of two classes"));
    // "ACME" and "RoadRunner" as model or as key.
    EXPECT_THAT(shown(read(corim(comid(
                    list({triple(k_class, measurement("", k_digests)),
                          triple(map({{1, text("ACME")}}), measurement(text("RoadRunner"), k_digests))}))))),
                HasSubstr("is a name of two classes"));
}

TEST(Corim, NamesWhatIsMalformed) {
    for (const auto& [made, words] : std::initializer_list<Fault>{
             {"", "corim: byte 0: cut short"},
             {map({}), "not a value of tag 501"},
             {tag(502, k_good), "not a value of tag 18"},
             {tag(501, list({})), "not a map"},
             {tag(501, map({{1, tags(one(text("k"), k_digests))}})), "an id is missing"},
             {tag(501, map({{0, text("id")}})), "an array is missing"},
             {tag(501, map({{0, text("id")}, {1, list({})}})), "no reference values"},
             {corim(map({{4, map({})}})), "a map is missing"},
             {corim(map({{1, map({})}, {4, map({})}})), "no identity"},
             {corim(map({{1, map({{0, text("t")}})}})), "a map is missing"},
             {corim(comid(list({list({map({{0, k_class}})})}))), "not an environment and its measurements"},
             {corim(comid(list({triple(map({}), measurement(text("k"), k_digests))}))),
              "a class that is none"},
             {corim(comid(list({triple(map({{3, num(1)}}), measurement("", k_digests))}))),
              "nothing that names what is measured"},
             {corim(comid(list({list({map({}), list({measurement(text("k"), k_digests)})})}))),
              "a map is missing"},
             {corim(one(text("k"), map({}))), "a measurement without a value"},
             {corim(one(text("k"), map({{11, text("n")}}))), "a measurement without a value"},
             {corim(one(text("k"), map({{2, list({})}}))), "no digest"},
             {corim(one(text("k"), map({{14, map({})}}))), "no register"},
             {corim(one(text("k"), map({{2, list({digest(7, "short")})}}))), "5 bytes, where sha-384 has 48"},
             {corim(one(text("k"), map({{2, list({digest(2, std::string(16, 'd'))})}}))),
              "not known, or weak"},
             {corim(one(text("k"), map({{2, list({list({text("sha-1"), bytes(std::string(20, 'd'))})})}}))),
              "not known, or weak"},
             {corim(one(text("k"), map({{2, list({list({num(7)})})}}))), "not an algorithm and a digest"},
             {corim(one(text("k"), map({{1, num(-1)}}))), "not an unsigned number"},
             {corim(one(tag(37, bytes("u")), k_digests)), "not the 16 bytes of a UUID"},
             {corim(one(tag(999, bytes("u")), k_digests)), "an identifier of tag 999"},
             {corim(one(bytes("u"), k_digests)), "not an identifier"},
             {corim(one(text("a/b"), k_digests)), "cannot be part of a name"},
             {corim(one(text(".."), k_digests)), "cannot be part of a name"},
             {corim(one(text(""), k_digests)), "cannot be part of a name"},
             {corim(one(text("k\xc3\xbc"), k_digests)), "cannot be part of a name"},
             {corim(one(text(std::string(129, 'k')), k_digests)), "cannot be part of a name"},
             {k_good + '\0', "bytes behind the end"}}) {
        EXPECT_THAT(shown(read(made)), HasSubstr(words)) << words;
    }
    for (std::size_t size = 0; size < k_good.size(); ++size)
        EXPECT_FALSE(read(k_good.substr(0, size))) << size;
}

TEST(Corim, KeepsToItsLimits) {
    const auto many = [](std::size_t count) {
        auto digests = cbor::encode_head(4, count);
        for (std::size_t i = 0; i < count; ++i) {
            std::string value(48, 'd');
            value[0] = static_cast<char>(i & 255U);
            value[1] = static_cast<char>(i >> 8U);
            digests += digest(7, value);
        }
        return corim(one(text("k"), map({{2, digests}})));
    };
    EXPECT_EQ(read(many(1024))->at(0).value.get_array().size(), 1024U);
    EXPECT_THAT(shown(read(many(1025))), HasSubstr("too many values of 'ACME/RoadRunner/k/digests'"));
    EXPECT_EQ(read(std::string((2U << 20U) + 1, '\0')).error().code, Code::resource_exhausted);
}

// ---- signatures

const crypto::PrivateKey& signer() {
    static const auto k_key = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    return k_key;
}
const Signers& signers() {
    static const Signers k_signers{crypto::PrivateKey::generate(crypto::Curve::p256)->public_key().value(),
                                   signer().public_key().value()};
    return k_signers;
}
std::map<std::int64_t, std::string> header() {
    return {{1, num(-35)},
            {3, text("application/rim+cbor")},
            {8, bytes(map({{0, map({{0, text("ACME")}})}, {1, validity({}, k_now + k_day)}}))}};
}
std::string signed_corim(const std::map<std::int64_t, std::string>& protected_header,
                         const std::string& payload = k_good, const crypto::PrivateKey& key = signer()) {
    const auto protected_bytes = map(protected_header);
    const auto signature =
        key.sign_ecdsa(crypto::HashAlgorithm::sha384, cose::signed_bytes(protected_bytes, payload)).value();
    return tag(18,
               list({bytes(protected_bytes), map({{4, bytes("kid")}}), bytes(payload), bytes(signature)}));
}

TEST(SignedCorim, IsTakenFromAKeyOfTheTenant) {
    const auto values = read(signed_corim(header()), signers(), Unsigned::refused);
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(values->at(0).id, "ACME/RoadRunner/kernel/digests");
    EXPECT_EQ(values->at(0).expires, k_now + k_day);
    EXPECT_THAT(values->at(0).source, testing::StartsWith("signed by "));
    for (const auto& made : {tag(502, signed_corim(header())), tag(500, tag(502, signed_corim(header()))),
                             signed_corim(header(), tag(500, k_good))})
        EXPECT_EQ(shown(read(made, signers(), Unsigned::refused)), shown(values));
    EXPECT_EQ(read(k_good, signers(), Unsigned::refused).error().code, Code::permission_denied);
}

TEST(SignedCorim, IsRefusedFromAnyoneElse) {
    const auto stranger = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    // Not even where unsigned ones are taken: who signs wants to be believed for it.
    for (const auto rule : {Unsigned::accepted, Unsigned::refused}) {
        EXPECT_EQ(read(signed_corim(header(), k_good, stranger), signers(), rule).error().code,
                  Code::permission_denied);
        EXPECT_EQ(read(signed_corim(header()), {}, rule).error().code, Code::permission_denied);
    }
    auto changed = signed_corim(header());
    const auto at = changed.find("kernel");
    changed[at] = 'K';
    EXPECT_EQ(read(changed, signers()).error().code, Code::permission_denied);
}

TEST(SignedCorim, IsBelievedAsLongAsEverythingAboutItIs) {
    auto claims = header();
    claims.erase(8);
    EXPECT_THAT(shown(read(signed_corim(claims), signers())), HasSubstr("nothing says who signed it"));
    const auto seconds = [](Time time) { return num(time.time_since_epoch().count()); };
    claims[15] = map({{1, text("ACME")}, {4, seconds(k_now + 2 * k_day)}});
    EXPECT_EQ(read(signed_corim(claims), signers())->at(0).expires, k_now + 2 * k_day);
    claims[8] = header().at(8);
    EXPECT_EQ(read(signed_corim(claims), signers())->at(0).expires, k_now + k_day);
    claims[15] = map({{1, text("ACME")}, {4, seconds(k_now)}});
    EXPECT_THAT(shown(read(signed_corim(claims), signers())), HasSubstr("it ended at"));
    claims[15] = map({{1, text("ACME")}, {5, seconds(k_now + k_day)}});
    EXPECT_THAT(shown(read(signed_corim(claims), signers())), HasSubstr("not valid before"));
    claims[15] = map({{4, seconds(k_now + k_day)}});
    EXPECT_THAT(shown(read(signed_corim(claims), signers())), HasSubstr("a text string is missing"));
    auto other = header();
    other[8] = bytes(map({{0, map({{0, text("ACME")}})}, {1, validity({}, k_now - k_day)}}));
    EXPECT_THAT(shown(read(signed_corim(other), signers())), HasSubstr("it ended at"));
    other[8] = bytes(map({{0, map({{0, text("")}})}}));
    EXPECT_THAT(shown(read(signed_corim(other), signers())), HasSubstr("a signer without a name"));
    other = header();
    other[3] = text("application/json");
    EXPECT_THAT(shown(read(signed_corim(other), signers())), HasSubstr("not the content type of a CoRIM"));
    other.erase(3);
    EXPECT_FALSE(read(signed_corim(other), signers()));
    EXPECT_THAT(shown(read(signed_corim(header(), map({})), signers())), HasSubstr("not a value of tag 501"));
}

TEST(SignedCorim, ComesInAMessageOfItsType) {
    const auto message = [](std::string_view made) {
        return R"({"version":"0.1.0","type":"corim","payload":")" + encoding::to_base64(made) + R"("})";
    };
    EXPECT_EQ(shown(parse_message(message(k_good), {}, Unsigned::accepted, "admin", k_now)),
              shown(read(k_good)));
    EXPECT_EQ(parse_message(message(k_good), {}, Unsigned::accepted, "admin:alice", k_now)->at(0).source,
              "admin:alice");
    EXPECT_TRUE(parse_message(message(signed_corim(header())), signers(), Unsigned::refused, "admin", k_now));
    EXPECT_FALSE(parse_message(message(""), {}, Unsigned::accepted, "admin", k_now));
}

} // namespace
} // namespace redoubt::services::reference_values
