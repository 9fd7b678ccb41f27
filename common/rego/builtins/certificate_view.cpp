// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <ctime>
#include <format>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/builtins/go_url.hpp"
#include "common/rego/builtins/ip_address.hpp"
#include "common/rego/builtins/key_material.hpp"

// Certificates, requests and keys as Go's encoding/json writes the structs of crypto/x509.

namespace redoubt::rego {
namespace {

/// An object in the making.
class Shown {
  public:
    explicit Shown(Arena& arena) : arena_(arena) {}

    void put(std::string_view name, const Value& value) { members_.insert(make_string(arena_, name), value); }
    void put_text(std::string_view name, std::string_view text) { put(name, make_string(arena_, text)); }
    void put_bytes(std::string_view name, std::string_view bytes) {
        put(name,
            bytes.empty() ? Value::null() : make_string(arena_, encode_base64(bytes, Base64Form::standard)));
    }
    void put_number(std::string_view name, std::int64_t number) { put(name, Value::integer(number)); }
    /// An empty list is null, as Go's nil slices are.
    void put_list(std::string_view name, const std::vector<Value>& list) {
        put(name, list.empty() ? Value::null() : make_array(arena_, list));
    }
    void put_nulls(std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names) put(name, Value::null());
    }
    [[nodiscard]] Value build() { return members_.build(arena_); }

  private:
    Arena& arena_;
    ObjectBuilder members_;
};

template <class T, class Encode>
std::string der_of(T* object, Encode encode) {
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    if (size <= 0) return {};
    std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

std::string_view text_of(const ASN1_STRING* string) {
    if (string == nullptr) return {};
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string dotted(const ASN1_OBJECT* object) {
    std::string text(128, '\0');
    const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
    text.resize(static_cast<std::size_t>(std::clamp(size, 0, 127)));
    return text;
}

Value oid_of(Arena& arena, const ASN1_OBJECT* object) {
    std::vector<Value> parts;
    std::string_view rest;
    const std::string text = dotted(object);
    rest = text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('.'), rest.size());
        const auto number = parse_number(arena, rest.substr(0, end));
        parts.push_back(number ? Value::number(*number) : Value::integer(0));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return make_array(arena, parts);
}

std::string utf8_of(const ASN1_STRING* string) {
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, string);
    if (size < 0) return std::string(text_of(string));
    std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

Value show_name(Arena& arena, const X509_NAME* name) {
    Shown shown(arena);
    std::vector<Value> all;
    struct List {
        int nid;
        std::string_view field;
        std::vector<Value> values;
    };
    List lists[] = {
        {NID_countryName, "Country", {}},        {NID_organizationName, "Organization", {}},
        {NID_localityName, "Locality", {}},      {NID_organizationalUnitName, "OrganizationalUnit", {}},
        {NID_postalCode, "PostalCode", {}},      {NID_stateOrProvinceName, "Province", {}},
        {NID_streetAddress, "StreetAddress", {}}};
    std::string common_name;
    std::string serial;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT* type = X509_NAME_ENTRY_get_object(entry);
        const std::string text = utf8_of(X509_NAME_ENTRY_get_data(entry));
        const Value value = make_string(arena, text);
        Shown pair(arena);
        pair.put("Type", oid_of(arena, type));
        pair.put("Value", value);
        all.push_back(pair.build());
        const int nid = OBJ_obj2nid(type);
        if (nid == NID_commonName) common_name = text;
        if (nid == NID_serialNumber) serial = text;
        for (List& list : lists) {
            if (list.nid == nid) list.values.push_back(value);
        }
    }
    for (const List& list : lists) shown.put_list(list.field, list.values);
    shown.put_text("CommonName", common_name);
    shown.put_text("SerialNumber", serial);
    shown.put_list("Names", all);
    shown.put("ExtraNames", Value::null());
    return shown.build();
}

std::string show_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Value show_url(Arena& arena, std::string_view text) {
    const auto url = parse_url(text);
    if (!url) return Value::null();
    Shown shown(arena);
    shown.put_text("Scheme", url->scheme);
    shown.put_text("Host", url->host);
    shown.put_text("Path", url->path);
    shown.put_text("RawPath", url->raw_path == url->path ? "" : url->raw_path);
    shown.put_text("RawQuery", url->query);
    shown.put_text("Fragment", url->fragment);
    shown.put_text("RawFragment", "");
    const bool opaque = url->host.empty() && url->path.empty() && !url->scheme.empty();
    std::string_view rest = text.substr(std::min(text.find(':') + 1, text.size()));
    shown.put_text("Opaque", opaque ? rest.substr(0, rest.find_first_of("?#")) : "");
    shown.put("User", Value::null());
    shown.put("ForceQuery", Value::boolean(false));
    shown.put("OmitHost", Value::boolean(!url->scheme.empty() && url->host.empty() &&
                                         url->path.starts_with('/') && !rest.starts_with("//")));
    return shown.build();
}

struct AlternativeNames {
    std::vector<Value> dns;
    std::vector<Value> email;
    std::vector<Value> ip;
    std::vector<Value> uri;
    std::vector<Value> uri_text;
};

std::string ip_text(std::string_view bytes) {
    IpAddress address;
    address.size = bytes.size() == 4 ? 4 : 16;
    if (bytes.size() != address.size) return {};
    for (std::size_t i = 0; i < bytes.size(); ++i) address.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
    return render_ip(address);
}

AlternativeNames names_of(Arena& arena, GENERAL_NAMES* names) {
    AlternativeNames found;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        int type = 0;
        const auto* data =
            static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type));
        if (type == GEN_DNS) found.dns.push_back(make_string(arena, text_of(data)));
        if (type == GEN_EMAIL) found.email.push_back(make_string(arena, text_of(data)));
        if (type == GEN_IPADD) found.ip.push_back(make_string(arena, ip_text(text_of(data))));
        if (type == GEN_URI) {
            found.uri.push_back(show_url(arena, text_of(data)));
            found.uri_text.push_back(make_string(arena, text_of(data)));
        }
    }
    return found;
}

void put_names(Shown& shown, const AlternativeNames& names) {
    shown.put_list("DNSNames", names.dns);
    shown.put_list("EmailAddresses", names.email);
    shown.put_list("IPAddresses", names.ip);
    shown.put_list("URIs", names.uri);
}

Value show_extension(Arena& arena, X509_EXTENSION* extension) {
    Shown shown(arena);
    shown.put("Id", oid_of(arena, X509_EXTENSION_get_object(extension)));
    shown.put("Critical", Value::boolean(X509_EXTENSION_get_critical(extension) != 0));
    shown.put_bytes("Value", text_of(X509_EXTENSION_get_data(extension)));
    return shown.build();
}

/// Numbers of Go's x509.SignatureAlgorithm.
int signature_algorithm(int nid) {
    switch (nid) {
    case NID_md5WithRSAEncryption: return 2;
    case NID_sha1WithRSAEncryption: return 3;
    case NID_sha256WithRSAEncryption: return 4;
    case NID_sha384WithRSAEncryption: return 5;
    case NID_sha512WithRSAEncryption: return 6;
    case NID_dsaWithSHA1: return 7;
    case NID_dsa_with_SHA256: return 8;
    case NID_ecdsa_with_SHA1: return 9;
    case NID_ecdsa_with_SHA256: return 10;
    case NID_ecdsa_with_SHA384: return 11;
    case NID_ecdsa_with_SHA512: return 12;
    case NID_rsassaPss: return 13;
    case NID_ED25519: return 16;
    default: return 0;
    }
}

int key_algorithm(const EVP_PKEY* key) {
    if (key == nullptr) return 0;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return 1;
    case EVP_PKEY_DSA: return 2;
    case EVP_PKEY_EC: return 3;
    case EVP_PKEY_ED25519: return 4;
    default: return 0;
    }
}

std::string algorithm_bits(const ASN1_BIT_STRING* signature) {
    return std::string(text_of(signature));
}

/// An extension of a certificate, decoded; freed by `Release`.
template <class T, void (*release)(T*)>
std::unique_ptr<T, void (*)(T*)> decoded(const X509& certificate, int nid) {
    return {static_cast<T*>(X509_get_ext_d2i(&certificate, nid, nullptr, nullptr)), release};
}

void release_policies(CERTIFICATEPOLICIES* policies) {
    CERTIFICATEPOLICIES_free(policies);
}
void release_points(CRL_DIST_POINTS* points) {
    CRL_DIST_POINTS_free(points);
}
void release_access(AUTHORITY_INFO_ACCESS* access) {
    AUTHORITY_INFO_ACCESS_free(access);
}
void release_names(GENERAL_NAMES* names) {
    GENERAL_NAMES_free(names);
}
void release_limits(NAME_CONSTRAINTS* limits) {
    NAME_CONSTRAINTS_free(limits);
}

void put_basics(Shown& shown, X509& certificate) {
    const auto basics =
        decoded<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>(certificate, NID_basic_constraints);
    const bool limited = basics && basics->pathlen != nullptr;
    const std::int64_t length = limited ? ASN1_INTEGER_get(basics->pathlen) : basics ? -1 : 0;
    shown.put("BasicConstraintsValid", Value::boolean(basics != nullptr));
    shown.put("IsCA", Value::boolean(basics && basics->ca != 0));
    shown.put_number("MaxPathLen", length);
    shown.put("MaxPathLenZero", Value::boolean(limited && length == 0));
    std::int64_t usage = 0;
    const auto bits = decoded<ASN1_BIT_STRING, ASN1_BIT_STRING_free>(certificate, NID_key_usage);
    for (int i = 0; bits && i < 9; ++i) {
        if (ASN1_BIT_STRING_get_bit(bits.get(), i) != 0) usage |= std::int64_t{1} << i;
    }
    shown.put_number("KeyUsage", usage);
}

void put_access(Arena& arena, Shown& shown, const X509& certificate) {
    std::vector<Value> ocsp;
    std::vector<Value> issuers;
    const auto access = decoded<AUTHORITY_INFO_ACCESS, release_access>(certificate, NID_info_access);
    for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
        const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
        if (one->location->type != GEN_URI) continue;
        const Value text = make_string(arena, text_of(one->location->d.uniformResourceIdentifier));
        (OBJ_obj2nid(one->method) == NID_ad_OCSP ? ocsp : issuers).push_back(text);
    }
    shown.put_list("OCSPServer", ocsp);
    shown.put_list("IssuingCertificateURL", issuers);
    std::vector<Value> points;
    const auto list = decoded<CRL_DIST_POINTS, release_points>(certificate, NID_crl_distribution_points);
    for (int i = 0; list && i < sk_DIST_POINT_num(list.get()); ++i) {
        const DIST_POINT* point = sk_DIST_POINT_value(list.get(), i);
        if (point->distpoint == nullptr || point->distpoint->type != 0) continue;
        for (const Value& uri : names_of(arena, point->distpoint->name.fullname).uri_text)
            points.push_back(uri);
    }
    shown.put_list("CRLDistributionPoints", points);
}

void put_policies(Arena& arena, Shown& shown, const X509& certificate) {
    std::vector<Value> texts;
    std::vector<Value> oids;
    const auto policies =
        decoded<CERTIFICATEPOLICIES, release_policies>(certificate, NID_certificate_policies);
    for (int i = 0; policies && i < sk_POLICYINFO_num(policies.get()); ++i) {
        const ASN1_OBJECT* id = sk_POLICYINFO_value(policies.get(), i)->policyid;
        texts.push_back(make_string(arena, dotted(id)));
        oids.push_back(oid_of(arena, id));
    }
    shown.put_list("Policies", texts);
    shown.put_list("PolicyIdentifiers", oids);
}

AlternativeNames subtree_names(Arena& arena, const STACK_OF(GENERAL_SUBTREE) * subtrees) {
    AlternativeNames found;
    for (int i = 0; subtrees != nullptr && i < sk_GENERAL_SUBTREE_num(subtrees); ++i) {
        int type = 0;
        const auto* data = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_SUBTREE_value(subtrees, i)->base, &type));
        if (type == GEN_DNS) found.dns.push_back(make_string(arena, text_of(data)));
        if (type == GEN_EMAIL) found.email.push_back(make_string(arena, text_of(data)));
        if (type == GEN_URI) found.uri_text.push_back(make_string(arena, text_of(data)));
    }
    return found;
}

void put_name_limits(Arena& arena, Shown& shown, const X509& certificate) {
    int critical = 0;
    const auto limits = decoded<NAME_CONSTRAINTS, release_limits>(certificate, NID_name_constraints);
    if (const int at = X509_get_ext_by_NID(&certificate, NID_name_constraints, -1); at >= 0)
        critical = X509_EXTENSION_get_critical(X509_get_ext(&certificate, at));
    const AlternativeNames in = subtree_names(arena, limits ? limits->permittedSubtrees : nullptr);
    const AlternativeNames out = subtree_names(arena, limits ? limits->excludedSubtrees : nullptr);
    shown.put("PermittedDNSDomainsCritical", Value::boolean(critical != 0));
    shown.put_list("PermittedDNSDomains", in.dns);
    shown.put_list("PermittedEmailAddresses", in.email);
    shown.put_list("PermittedURIDomains", in.uri_text);
    shown.put_list("ExcludedDNSDomains", out.dns);
    shown.put_list("ExcludedEmailAddresses", out.email);
    shown.put_list("ExcludedURIDomains", out.uri_text);
    shown.put_nulls({"PermittedIPRanges", "ExcludedIPRanges", "PolicyMappings"});
    for (const std::string_view name :
         {"InhibitAnyPolicy", "InhibitPolicyMapping", "RequireExplicitPolicy"}) {
        shown.put_number(name, 0);
        shown.put(std::string(name) + "Zero", Value::boolean(false));
    }
}

void put_extensions(Arena& arena, Shown& shown, const X509& certificate) {
    constexpr int handled[] = {NID_basic_constraints, NID_key_usage,
                               NID_ext_key_usage,     NID_subject_alt_name,
                               NID_info_access,       NID_certificate_policies,
                               NID_name_constraints,  NID_crl_distribution_points};
    std::vector<Value> all;
    std::vector<Value> unhandled;
    for (int i = 0; i < X509_get_ext_count(&certificate); ++i) {
        X509_EXTENSION* extension = X509_get_ext(&certificate, i);
        all.push_back(show_extension(arena, extension));
        const ASN1_OBJECT* id = X509_EXTENSION_get_object(extension);
        const bool known = std::ranges::find(handled, OBJ_obj2nid(id)) != std::end(handled);
        if (X509_EXTENSION_get_critical(extension) != 0 && !known) unhandled.push_back(oid_of(arena, id));
    }
    shown.put_list("Extensions", all);
    shown.put_list("UnhandledCriticalExtensions", unhandled);
    shown.put("ExtraExtensions", Value::null());
    const auto subject =
        decoded<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>(certificate, NID_subject_key_identifier);
    const auto issuer =
        decoded<AUTHORITY_KEYID, AUTHORITY_KEYID_free>(certificate, NID_authority_key_identifier);
    shown.put_bytes("SubjectKeyId", text_of(subject.get()));
    shown.put_bytes("AuthorityKeyId", text_of(issuer ? issuer->keyid : nullptr));
}

void put_usages(Arena& arena, Shown& shown, const X509& certificate) {
    std::vector<Value> known;
    for (const int usage : key_usages_of(certificate)) {
        if (usage >= 0) known.push_back(Value::integer(usage));
    }
    std::vector<Value> unknown;
    const auto usages = decoded<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>(certificate, NID_ext_key_usage);
    const std::vector<int> numbers = key_usages_of(certificate);
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        if (numbers[static_cast<std::size_t>(i)] < 0)
            unknown.push_back(oid_of(arena, sk_ASN1_OBJECT_value(usages.get(), i)));
    }
    shown.put_list("ExtKeyUsage", known);
    shown.put_list("UnknownExtKeyUsage", unknown);
}

} // namespace

std::vector<int> key_usages_of(const X509& certificate) {
    // In the order of Go's x509.ExtKeyUsage.
    constexpr int nids[] = {NID_anyExtendedKeyUsage, NID_server_auth,    NID_client_auth, NID_code_sign,
                            NID_email_protect,       NID_ipsecEndSystem, NID_ipsecTunnel, NID_ipsecUser,
                            NID_time_stamp,          NID_OCSP_sign,      NID_ms_sgc,      NID_ns_sgc,
                            NID_ms_code_com};
    std::vector<int> numbers;
    const auto usages = decoded<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>(certificate, NID_ext_key_usage);
    for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        const auto* found = std::ranges::find(nids, OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i)));
        numbers.push_back(found == std::end(nids) ? -1 : static_cast<int>(found - std::begin(nids)));
    }
    return numbers;
}

Value show_certificate(Arena& arena, X509& certificate, bool uris) {
    Shown shown(arena);
    EVP_PKEY* key = X509_get0_pubkey(&certificate);
    const ASN1_BIT_STRING* signature = nullptr;
    X509_get0_signature(&signature, nullptr, &certificate);
    const BigNumber serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
    shown.put_bytes("Raw", der_of(&certificate, i2d_X509));
    shown.put_bytes("RawTBSCertificate", der_of(&certificate, i2d_re_X509_tbs));
    shown.put_bytes("RawSubjectPublicKeyInfo", der_of(X509_get_X509_PUBKEY(&certificate), i2d_X509_PUBKEY));
    shown.put_bytes("RawSubject", der_of(X509_get_subject_name(&certificate), i2d_X509_NAME));
    shown.put_bytes("RawIssuer", der_of(X509_get_issuer_name(&certificate), i2d_X509_NAME));
    shown.put_bytes("Signature", algorithm_bits(signature));
    shown.put_number("SignatureAlgorithm", signature_algorithm(X509_get_signature_nid(&certificate)));
    shown.put_number("PublicKeyAlgorithm", key_algorithm(key));
    shown.put("PublicKey", key == nullptr ? Value::null() : show_public_key(arena, *key));
    shown.put_number("Version", X509_get_version(&certificate) + 1);
    shown.put("SerialNumber", serial ? Value::number(number_of(arena, *serial)) : Value::null());
    shown.put("Issuer", show_name(arena, X509_get_issuer_name(&certificate)));
    shown.put("Subject", show_name(arena, X509_get_subject_name(&certificate)));
    shown.put_text("NotBefore", show_time(X509_get0_notBefore(&certificate)));
    shown.put_text("NotAfter", show_time(X509_get0_notAfter(&certificate)));
    const auto names = decoded<GENERAL_NAMES, release_names>(certificate, NID_subject_alt_name);
    const AlternativeNames alternative = names ? names_of(arena, names.get()) : AlternativeNames();
    put_names(shown, alternative);
    if (uris) shown.put_list("URIStrings", alternative.uri_text);
    put_basics(shown, certificate);
    put_usages(arena, shown, certificate);
    put_access(arena, shown, certificate);
    put_policies(arena, shown, certificate);
    put_name_limits(arena, shown, certificate);
    put_extensions(arena, shown, certificate);
    ERR_clear_error();
    return shown.build();
}

Value show_request(Arena& arena, X509_REQ& request) {
    Shown shown(arena);
    EVP_PKEY* key = X509_REQ_get0_pubkey(&request);
    const ASN1_BIT_STRING* signature = nullptr;
    X509_REQ_get0_signature(&request, &signature, nullptr);
    shown.put_bytes("Raw", der_of(&request, i2d_X509_REQ));
    shown.put_bytes("RawTBSCertificateRequest", der_of(&request, i2d_re_X509_REQ_tbs));
    shown.put_bytes("RawSubjectPublicKeyInfo", der_of(X509_REQ_get_X509_PUBKEY(&request), i2d_X509_PUBKEY));
    shown.put_bytes("RawSubject", der_of(X509_REQ_get_subject_name(&request), i2d_X509_NAME));
    shown.put_bytes("Signature", algorithm_bits(signature));
    shown.put_number("SignatureAlgorithm", signature_algorithm(X509_REQ_get_signature_nid(&request)));
    shown.put_number("PublicKeyAlgorithm", key_algorithm(key));
    shown.put("PublicKey", key == nullptr ? Value::null() : show_public_key(arena, *key));
    shown.put_number("Version", X509_REQ_get_version(&request));
    shown.put("Subject", show_name(arena, X509_REQ_get_subject_name(&request)));
    shown.put_nulls({"Attributes", "ExtraExtensions"});
    std::vector<Value> extensions;
    AlternativeNames alternative;
    if (STACK_OF(X509_EXTENSION)* list = X509_REQ_get_extensions(&request); list != nullptr) {
        for (int i = 0; i < sk_X509_EXTENSION_num(list); ++i)
            extensions.push_back(show_extension(arena, sk_X509_EXTENSION_value(list, i)));
        auto* names =
            static_cast<GENERAL_NAMES*>(X509V3_get_d2i(list, NID_subject_alt_name, nullptr, nullptr));
        if (names != nullptr) alternative = names_of(arena, names);
        GENERAL_NAMES_free(names);
        sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    }
    put_names(shown, alternative);
    shown.put_list("Extensions", extensions);
    ERR_clear_error();
    return shown.build();
}

Value show_public_key(Arena& arena, const EVP_PKEY& key) {
    Shown shown(arena);
    const auto put = [&](std::string_view field, const char* name) {
        const BigNumber number = key_number(key, name);
        shown.put(field, number ? Value::number(number_of(arena, *number)) : Value::null());
    };
    const int algorithm = key_algorithm(&key);
    if (algorithm == 4) return make_string(arena, encode_base64(raw_public_key(key), Base64Form::standard));
    if (algorithm == 1) {
        put("N", OSSL_PKEY_PARAM_RSA_N);
        put("E", OSSL_PKEY_PARAM_RSA_E);
    } else if (algorithm == 3) {
        shown.put("Curve", Value::empty_object());
        put("X", OSSL_PKEY_PARAM_EC_PUB_X);
        put("Y", OSSL_PKEY_PARAM_EC_PUB_Y);
    } else {
        return Value::null();
    }
    return shown.build();
}

Value show_private_key(Arena& arena, const EVP_PKEY& key) {
    if (key_algorithm(&key) == 4) {
        return make_string(arena,
                           encode_base64(raw_private_key(key) + raw_public_key(key), Base64Form::standard));
    }
    const auto number = [&](const char* name) {
        const BigNumber found = key_number(key, name);
        return found ? Value::number(number_of(arena, *found)) : Value::null();
    };
    Shown shown(arena);
    const Value public_part = show_public_key(arena, key);
    for (const Member& member : public_part.members()) shown.put(member.key.as_string(), member.value);
    if (key_algorithm(&key) == 3) {
        shown.put("D", number(OSSL_PKEY_PARAM_PRIV_KEY));
        return shown.build();
    }
    shown.put("D", number(OSSL_PKEY_PARAM_RSA_D));
    const Value primes[] = {number(OSSL_PKEY_PARAM_RSA_FACTOR1), number(OSSL_PKEY_PARAM_RSA_FACTOR2)};
    shown.put("Primes", make_array(arena, primes));
    Shown ready(arena);
    ready.put("Dp", number(OSSL_PKEY_PARAM_RSA_EXPONENT1));
    ready.put("Dq", number(OSSL_PKEY_PARAM_RSA_EXPONENT2));
    ready.put("Qinv", number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1));
    ready.put("CRTValues", Value::empty_array());
    shown.put("Precomputed", ready.build());
    return shown.build();
}

} // namespace redoubt::rego
