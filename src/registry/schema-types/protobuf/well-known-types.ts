/** The types that Confluent's registry knows without a reference, and whether or not a file imports them. */
import type { ProtoField } from './proto-file.ts'

const BY_PACKAGE: Readonly<Record<string, string>> = {
  confluent: 'Meta Meta.ParamsEntry Rule',
  'confluent.type': 'Decimal Variant',
  'google.protobuf': `
    Any Api Method Mixin Duration Empty FieldMask SourceContext Struct Struct.FieldsEntry Value ListValue NullValue
    Timestamp Type Field Field.Kind Field.Cardinality Enum EnumValue Option Syntax DoubleValue FloatValue Int64Value
    UInt64Value Int32Value UInt32Value BoolValue StringValue BytesValue FileDescriptorSet FileDescriptorProto
    DescriptorProto DescriptorProto.ExtensionRange DescriptorProto.ReservedRange ExtensionRangeOptions
    ExtensionRangeOptions.Declaration ExtensionRangeOptions.VerificationState FieldDescriptorProto
    FieldDescriptorProto.Type FieldDescriptorProto.Label OneofDescriptorProto EnumDescriptorProto
    EnumDescriptorProto.EnumReservedRange EnumValueDescriptorProto ServiceDescriptorProto MethodDescriptorProto
    FileOptions FileOptions.OptimizeMode MessageOptions FieldOptions FieldOptions.EditionDefault
    FieldOptions.FeatureSupport FieldOptions.CType FieldOptions.JSType FieldOptions.OptionRetention
    FieldOptions.OptionTargetType OneofOptions EnumOptions EnumValueOptions ServiceOptions MethodOptions
    MethodOptions.IdempotencyLevel UninterpretedOption UninterpretedOption.NamePart FeatureSet
    FeatureSet.VisibilityFeature FeatureSet.VisibilityFeature.DefaultSymbolVisibility FeatureSet.FieldPresence
    FeatureSet.EnumType FeatureSet.RepeatedFieldEncoding FeatureSet.Utf8Validation FeatureSet.MessageEncoding
    FeatureSet.JsonFormat FeatureSet.EnforceNamingStyle FeatureSetDefaults
    FeatureSetDefaults.FeatureSetEditionDefault SourceCodeInfo SourceCodeInfo.Location GeneratedCodeInfo
    GeneratedCodeInfo.Annotation GeneratedCodeInfo.Annotation.Semantic Edition SymbolVisibility`,
  'google.type': `
    CalendarPeriod Color Date DateTime TimeZone DayOfWeek Decimal Expr Fraction Interval LatLng Money Month PhoneNumber
    PhoneNumber.ShortCode PostalAddress Quaternion TimeOfDay`,
}

export const WELL_KNOWN_TYPES: ReadonlySet<string> = new Set(
  Object.entries(BY_PACKAGE).flatMap(([name, types]) =>
    types
      .trim()
      .split(/\s+/)
      .map((type) => `${name}.${type}`),
  ),
)

const META_TAG = 1_088

/** The options of confluent/meta.proto. */
export const WELL_KNOWN_EXTENSIONS: readonly (readonly [fullName: string, ProtoField])[] = [
  'file_meta',
  'message_meta',
  'field_meta',
  'enum_meta',
  'enum_value_meta',
].map((name) => [`confluent.${name}`, { label: null, type: 'Meta', name, tag: META_TAG, options: [] }])
